"""The use cases of companies."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.companies.entities import COMPANY, Company
from conduyt_kit.features.custom_fields import CustomFields
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.query import Loaded
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Companies:
    """Companies of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._companies = unit.repository(COMPANY)

    def get(self, id: str) -> Loaded[Company]:
        """Return a company with its contacts (R26).

        Raises:
            NotFound: no such company.
        """
        contacts = ("contacts",) if self._unit.environment.spec_named("contact") else ()
        return self._companies.load(id, include=contacts)

    def create(self, *, name: str, custom_fields: Mapping[str, Any] | None = None, **values: Any) -> Company:
        """Create a company; contacts whose company text is its name become linked to it (A20).

        Raises:
            ValidationFailed: custom fields do not fit.
        """
        kept = self._unit[CustomFields].checked("company", custom_fields)
        return self._companies.create(name=name, name_key=ids.fold(name), custom_fields=kept, **values)

    def update(self, id: str, changes: Mapping[str, Any]) -> Company:
        """Change the given fields; custom fields merge key by key (R16, R70).

        Raises:
            NotFound: no such company.
            ValidationFailed: custom fields do not fit.
        """
        company = self._companies.get_for_update(id)
        wanted = dict(changes)
        if "custom_fields" in wanted:
            wanted["custom_fields"] = self._unit[CustomFields].checked("company", wanted["custom_fields"], company.custom_fields)
        if "name" in wanted:
            wanted["name_key"] = ids.fold(wanted["name"])
        return self._companies.change(company, **wanted)

    def delete(self, id: str) -> None:
        """Delete a company; its contacts and deals stay, without the link (R27).

        Raises:
            NotFound: no such company.
        """
        self._companies.remove(self._companies.get_for_update(id))
