"""The use cases of e-mail templates."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from conduyt_kit.features.custom_fields import CustomFields
from conduyt_kit.features.email_templates.entities import EMAIL_TEMPLATE, EmailTemplate
from conduyt_kit.features.email_templates.merge_fields import MOST_FIELDS, merge_fields, paths, strays
from conduyt_kit.features.email_templates.plain_text import plain_text
from conduyt_kit.features.email_templates.recipients import CUSTOM, KNOWN, Recipient, recipient
from conduyt_kit.features.email_templates.rendering import Rendered, rendered
from conduyt_kit.kernel.errors import Detail, NotFound, ValidationFailed
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_TEXTS = {"subject": "subject", "body_html": "bodyHtml", "body_text": "bodyText"}


class EmailTemplates:
    """E-mail templates of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._templates = unit.repository(EMAIL_TEMPLATE)

    def get(self, id: str) -> EmailTemplate:
        """Return a template.

        Raises:
            NotFound: no such template.
        """
        return self._templates.get(id)

    def find(self, id: str) -> EmailTemplate | None:
        """Return a template, or ``None``."""
        return self._templates.find(id)

    def get_many(self, ids: Iterable[str]) -> dict[str, EmailTemplate]:
        """Return the existing templates among these, by id; one storage call."""
        return self._templates.get_many(ids)

    def create(self, *, name: str, subject: str, body_html: str, body_text: str | None = None) -> EmailTemplate:
        """Create a template; without a text, it is made from the HTML (R133).

        Raises:
            ValidationFailed: a text holds more than 500 merge fields.
        """
        _limit_fields({"subject": subject, "body_html": body_html, "body_text": body_text})
        return self._templates.create(
            name=name,
            subject=subject,
            body_html=body_html,
            body_text=plain_text(body_html) if body_text is None else body_text,
            text_given=body_text is not None,
        )

    def update(self, id: str, changes: Mapping[str, Any]) -> EmailTemplate:
        """Change the given fields; a text that was made from the HTML follows it, a null text does so from now on (R133).

        Raises:
            NotFound: no such template.
            ValidationFailed: as for `create`.
        """
        template = self._templates.get_for_update(id)
        _limit_fields(changes)
        return self._templates.change(template, **_with_text(template, dict(changes)))

    def delete(self, id: str) -> None:
        """Delete a template.

        Raises:
            NotFound: no such template.
            Conflict: an active sequence uses it (R134).
        """
        self._templates.remove(self._templates.get_for_update(id))

    def recipient(self, contact_id: str) -> Recipient:
        """Return what merge fields stand for, for one contact; two storage calls.

        Raises:
            NotFound: no such contact.
        """
        return recipient(self._unit, contact_id)

    def render(
        self, template: EmailTemplate, recipient: Recipient, *, subject: str | None = None, more: Mapping[str, str] | None = None
    ) -> Rendered:
        """Return an e-mail for one recipient (R131). `subject` replaces the template's, `more` adds merge fields."""
        return rendered(template, recipient, subject=subject, more=more)

    def preview(self, id: str, contact_id: str, *, more: Mapping[str, str] | None = None) -> Rendered:
        """Return a template as a contact would get it (X24).

        Raises:
            NotFound: no such template.
            ValidationFailed: no such contact.
        """
        template = self.get(id)
        try:
            whom = self.recipient(contact_id)
        except NotFound:
            raise ValidationFailed.on("contactId", "No contact with this id exists in this workspace") from None
        return self.render(template, whom, more=more)

    def warnings(self, template: EmailTemplate) -> list[Detail]:
        """Return what is probably a mistake: merge fields that nothing fills, and braces that are no merge field."""
        known = self._known(paths(template.subject, template.body_html, template.body_text))
        found: list[Detail] = []
        for name, shown in _TEXTS.items():
            text: str = getattr(template, name)
            if name == "body_text" and not template.text_given:
                continue
            found += [Detail(shown, _unknown(path, known)) for path in paths(text) if path not in known]
            if strays(text):
                found.append(Detail(shown, "Holds {{ that begins no merge field and will be seen as it is"))
        return found

    def _known(self, used: list[str]) -> list[str]:
        if not any(path.startswith(CUSTOM) for path in used):
            return list(KNOWN)
        return [*KNOWN, *(CUSTOM + field.key for field in self._unit[CustomFields].list("contact"))]


def merge_field_names(template: EmailTemplate) -> list[str]:
    """Return the distinct merge fields, in order of appearance in the HTML, then the subject (R132)."""
    return paths(template.body_html, template.subject)


def _with_text(template: EmailTemplate, changes: dict[str, Any]) -> dict[str, Any]:
    unset = object()
    text = changes.pop("body_text", unset)
    if text == template.body_text:
        # A fetched record sent back does not make the text somebody's own.
        text = unset
    given = template.text_given if text is unset else text is not None
    if text is unset and not (not given and "body_html" in changes):
        return changes
    made = plain_text(changes.get("body_html", template.body_html)) if text is unset or text is None else text
    return {**changes, "body_text": made, "text_given": given}


def _limit_fields(texts: Mapping[str, Any]) -> None:
    for name, shown in _TEXTS.items():
        if len(merge_fields(texts.get(name) or "")) > MOST_FIELDS:
            raise ValidationFailed.on(shown, f"Must hold at most {MOST_FIELDS} merge fields")


def _unknown(path: str, known: list[str]) -> str:
    near = difflib.get_close_matches(path, known, n=1)
    return f"{path} is no merge field and renders empty" + (f"; did you mean {near[0]}?" if near else "")
