"""What can be done to many records: each operation calls the use cases of single records, so that rules, events and activities are theirs.

Operations take ids in the order in which their records are to be locked.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from conduyt_kit.features.contacts import CONTACT, Contacts
from conduyt_kit.features.contacts.inputs import ContactChanges
from conduyt_kit.features.deals import DEAL, Deals
from conduyt_kit.features.deals.inputs import DealChanges
from conduyt_kit.kernel import cascade
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.unit_of_work import UnitOfWork

Apply = Callable[[UnitOfWork, Sequence[str], Mapping[str, Any]], None]


@attrs.frozen(kw_only=True)
class Operation:
    """An operation on many records.

    `apply` does it to records of `entity` with the values that were asked for; `changes` is the input class of those values where they
    are fields of the record.
    """

    name: str
    entity: EntitySpec[Any]
    apply: Apply
    changes: type | None = None


def _update_contacts(unit: UnitOfWork, ids: Sequence[str], values: Mapping[str, Any]) -> None:
    for id in ids:
        unit[Contacts].update(id, values)


def _tag_contacts(unit: UnitOfWork, ids: Sequence[str], values: Mapping[str, Any]) -> None:
    for id in ids:
        unit[Contacts].add_tags(id, values["tags"])


def _update_deals(unit: UnitOfWork, ids: Sequence[str], values: Mapping[str, Any]) -> None:
    for id in ids:
        unit[Deals].update(id, values)


def _delete(entity: EntitySpec[Any]) -> Apply:
    def apply(unit: UnitOfWork, ids: Sequence[str], _: Mapping[str, Any]) -> None:
        # What `Repository.remove` does for one record, with one look at each kind of thing that hangs on them (R17).
        repository = unit.repository(entity)
        cascade.remove(unit, entity, [repository.get_for_update(id) for id in ids])

    return apply


UPDATE_CONTACTS = Operation(name="contacts.update", entity=CONTACT, apply=_update_contacts, changes=ContactChanges)
DELETE_CONTACTS = Operation(name="contacts.delete", entity=CONTACT, apply=_delete(CONTACT))
TAG_CONTACTS = Operation(name="contacts.tag", entity=CONTACT, apply=_tag_contacts)
UPDATE_DEALS = Operation(name="deals.update", entity=DEAL, apply=_update_deals, changes=DealChanges)
DELETE_DEALS = Operation(name="deals.delete", entity=DEAL, apply=_delete(DEAL))

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation for operation in (UPDATE_CONTACTS, DELETE_CONTACTS, TAG_CONTACTS, UPDATE_DEALS, DELETE_DEALS)
}
