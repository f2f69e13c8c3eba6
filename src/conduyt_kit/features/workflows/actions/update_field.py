"""update_field: set one field of the contact, deal, company or task that the event is about."""

import functools
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import attrs
from msgspec import Meta

from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.features.companies import Companies
from conduyt_kit.features.companies.inputs import CompanyChanges
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.contacts.inputs import ContactChanges
from conduyt_kit.features.deals import Deals
from conduyt_kit.features.deals.inputs import DealChanges
from conduyt_kit.features.tasks import Tasks
from conduyt_kit.features.tasks.inputs import TaskChanges
from conduyt_kit.features.workflows.actions.subjects import subject_id
from conduyt_kit.kernel.changes import plain
from conduyt_kit.kernel.decoding import Decoder, given
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_Update = Callable[[UnitOfWork, str, Mapping[str, Any]], Any]

_CHANGES: Mapping[str, type] = {"contact": ContactChanges, "deal": DealChanges, "company": CompanyChanges, "task": TaskChanges}
_UPDATES: Mapping[str, _Update] = {
    "contact": lambda unit, record_id, changes: unit[Contacts].update(record_id, changes),
    "deal": lambda unit, record_id, changes: unit[Deals].update(record_id, changes),
    "company": lambda unit, record_id, changes: unit[Companies].update(record_id, changes),
    "task": lambda unit, record_id, changes: unit[Tasks].update(record_id, changes),
}
_CUSTOM = "customFields."


@attrs.frozen(kw_only=True)
class UpdateField:
    """Which field of which record becomes what: the fields and values of a PATCH of it; ``customFields.key`` for a custom field."""

    entity: Literal["contact", "deal", "company", "task"]
    field: Annotated[str, Meta(min_length=1, max_length=200)]
    value: Any

    def __attrs_post_init__(self) -> None:
        try:
            self.changes()
        except ValidationFailed as error:
            raise ValueError("; ".join(f"{detail.field}: {detail.message}" for detail in error.details)) from error

    def changes(self) -> dict[str, Any]:
        """Return the change as the record's service takes it.

        Raises:
            ValidationFailed: there is no such field, or it takes no such value.
        """
        custom = self.field.startswith(_CUSTOM)
        body = {"customFields": {self.field.removeprefix(_CUSTOM): self.value}} if custom else {self.field: self.value}
        return given(_decoder().body(_CHANGES[self.entity], body))


@functools.cache
def _decoder() -> Decoder:
    # Learning the input classes takes far longer than reading a value.
    return Decoder()


def run(unit: UnitOfWork, config: UpdateField, context: Mapping[str, Any]) -> Mapping[str, Any]:
    id = subject_id(context, config.entity)
    _UPDATES[config.entity](unit, id, config.changes())
    return {f"{config.entity}Id": id, "field": config.field, "value": plain(config.value)}


UPDATE_FIELD = ActionSpec(
    name="update_field", description="Set a field of the contact, deal, company or task.", config=UpdateField, run=run
)
