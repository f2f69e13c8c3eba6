"""A template, rendered for one recipient."""

from collections.abc import Mapping

import attrs

from conduyt_kit.features.email_templates.entities import EmailTemplate
from conduyt_kit.features.email_templates.escaping import filled_html, filled_line, filled_text
from conduyt_kit.features.email_templates.recipients import Recipient

LONGEST_SUBJECT = 500


@attrs.frozen(kw_only=True)
class Rendered:
    """An e-mail, ready to be sent."""

    subject: str
    body_html: str
    body_text: str


def rendered(
    template: EmailTemplate, recipient: Recipient, *, subject: str | None = None, more: Mapping[str, str] | None = None
) -> Rendered:
    """Return a template with its merge fields filled in, each escaped for where it stands (R131).

    `subject` replaces the template's; `more` holds merge fields that only the sender knows (``unsubscribeUrl``).
    """
    values = recipient.values(more or {})
    return Rendered(
        subject=filled_line(subject or template.subject, values)[:LONGEST_SUBJECT],
        body_html=filled_html(template.body_html, values),
        body_text=filled_text(template.body_text, values),
    )
