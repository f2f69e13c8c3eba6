"""The use cases of forms themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from conduyt_kit.features.forms.definitions import defined
from conduyt_kit.features.forms.entities import FORM, Form, FormSettings
from conduyt_kit.features.forms.inputs import FieldInput, SettingsInput
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import NotFound, ValidationFailed
from conduyt_kit.kernel.query import Loaded
from conduyt_kit.kernel.transactions import Located
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KitSettings

PAGE = "/f/:id"


class Forms:
    """Forms of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._forms = unit.repository(FORM)

    def get(self, id: str) -> Loaded[Form]:
        """Return a form with the number of its submissions (R115), in one storage call.

        Raises:
            NotFound: no such form.
        """
        return self._forms.load(id, counts=("submissions",))

    def create(
        self, *, name: str, fields: Sequence[FieldInput], description: str | None = None, settings: SettingsInput | None = None
    ) -> Form:
        """Create a form.

        Raises:
            ValidationFailed: the definition breaks a rule (R111), or the user to assign to does not exist.
        """
        kept = self._merged(FormSettings(), settings)
        return self._forms.create(name=name, description=description, fields=defined(fields), settings=kept)

    def update(self, id: str, changes: Mapping[str, Any]) -> Form:
        """Change the given fields; settings merge key by key, `fields` is replaced as a whole (R113). Submissions stay as they are.

        Raises:
            NotFound: no such form.
            ValidationFailed: as for `create`.
        """
        form = self._forms.get_for_update(id)
        wanted = dict(changes)
        if "fields" in wanted:
            wanted["fields"] = defined(wanted["fields"])
        if "settings" in wanted:
            wanted["settings"] = self._merged(form.settings, wanted["settings"])
        return self._forms.change(form, **wanted)

    def delete(self, id: str) -> None:
        """Delete a form with its submissions; contacts stay (R114).

        Raises:
            NotFound: no such form.
        """
        self._forms.remove(self._forms.get_for_update(id))

    def page_url(self, form: Form) -> str:
        """Return the address of the page on which people fill the form in."""
        return self._unit.settings(KitSettings).public_url.rstrip("/") + page_path(form)

    def _merged(self, before: FormSettings, changes: SettingsInput | None) -> FormSettings:
        """Return the settings with the given ones replaced; ``None`` for the changes clears all."""
        if changes is None:
            return FormSettings()
        wanted = given(changes)
        if "notify_emails" in wanted:
            wanted["notify_emails"] = list({ids.fold(email): email for email in wanted["notify_emails"] or ()}.values()) or None
        if wanted.get("assign_to") not in (None, before.assign_to):
            wanted["assign_to"] = self._existing_user(wanted["assign_to"])
        return attrs.evolve(before, **wanted)

    def _existing_user(self, id: str) -> str:
        users = self._unit.repository_named("user")
        user = users.find(id) if users else None
        if user is None:
            raise ValidationFailed.on("settings.assignTo", "Refers to a record that does not exist in this workspace")
        return str(user.id)


def page_path(form: Form) -> str:
    """Return the path of the page on which people fill the form in."""
    return PAGE.replace(":id", form.id)


def located_form(environment: Environment, id: str) -> Located:
    """Return the form with this id and its workspace; should two workspaces have one, the older serves.

    Raises:
        NotFound: there is none.
    """
    found = sorted(environment.storage.locate(FORM, "id", id), key=lambda item: item.record.created_at)
    if not found:
        raise NotFound("There is no form with this address")
    return found[0]
