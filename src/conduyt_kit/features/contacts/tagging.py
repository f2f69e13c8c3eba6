"""Which tags a contact carries: the links, and how their changes are written, logged and told."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from conduyt_kit.features.contacts.entities import CONTACT, CONTACT_TAG, Contact, ContactTag
from conduyt_kit.features.contacts.events import ContactTagged
from conduyt_kit.features.tags import Tag
from conduyt_kit.kernel.changes import diff, snapshot
from conduyt_kit.kernel.errors import ConduytError, NotFound
from conduyt_kit.kernel.query import AllOf, Compare, Op
from conduyt_kit.kernel.unit_of_work import UnitOfWork

Tagged = Sequence[Tag]


def in_order(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """Return the tags as a read shows them: by name."""
    return tuple(sorted(tags, key=lambda tag: (tag.name, tag.id)))


def link(unit: UnitOfWork, contact_id: str, tags: Iterable[Tag]) -> None:
    """Give a new contact its tags; written with the contact, in one batch."""
    links = unit.repository(CONTACT_TAG)
    for tag in tags:
        links.add(ContactTag(contact_id=contact_id, tag_id=tag.id))


def change(unit: UnitOfWork, contact: Contact, changes: Mapping[str, Any], before: Tagged, after: Tagged) -> Contact:
    """Write changed fields and the new set of tags as one update: one activity entry, one ``contact.updated`` (R16, R18, R19).

    Args:
        contact: as read with `get_for_update`.
        changes: fields to set; those that do not differ are left alone.
        before, after: the tags the contact has and is to have. Nothing happens at all if these are the same and no field differs.

    Raises:
        NotFound: the contact was deleted in the meantime.
        ValidationFailed: a reference points at nothing.
    """
    had, has = {tag.id for tag in before}, {tag.id for tag in after}
    if had == has:
        return unit.repository(CONTACT).change(contact, event={"tags": _names(after)}, **changes)
    new = _write(unit, contact, {name: value for name, value in changes.items() if getattr(contact, name) != value})
    unit.repository(CONTACT_TAG).insert_missing([ContactTag(contact_id=contact.id, tag_id=id) for id in sorted(has - had)])
    if had - has:
        _unlink(unit, contact.id, had - has)
    changed = diff(CONTACT, contact, new) | {"tags": {"from": _names(before), "to": _names(after)}}
    unit.log("contact", contact.id, "updated", changed)
    data = {**snapshot(CONTACT, new), "tags": _names(after), "changes": changed}
    unit.record_event("contact.updated", data, entity="contact", entity_id=contact.id)
    added = [tag.name for tag in in_order(after) if tag.id not in had]
    if added:
        unit.emit(ContactTagged(contact_id=contact.id, added=added, tags=_names(after)))
    return new


def _write(unit: UnitOfWork, contact: Contact, differing: dict[str, Any]) -> Contact:
    # `Repository.change` logs by itself and only what the row holds; here fields and tags are one change.
    changes = {**differing, "updated_at": unit.now}
    try:
        done = unit.transaction.update(CONTACT, contact.id, changes)
    except ConduytError as error:
        raise unit.explained(error) from error
    if not done:
        raise NotFound.of("contact", contact.id)
    return attrs.evolve(contact, **changes)


def _unlink(unit: UnitOfWork, contact_id: str, tag_ids: Iterable[str]) -> None:
    condition = AllOf((Compare("contact_id", Op.EQ, contact_id), Compare("tag_id", Op.IN, tuple(tag_ids))))
    unit.repository(CONTACT_TAG).delete_where(condition)


def _names(tags: Tagged) -> list[str]:
    return [tag.name for tag in in_order(tags)]
