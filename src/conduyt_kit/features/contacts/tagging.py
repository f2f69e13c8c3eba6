"""Which tags a contact carries: the links, and how changes of a contact and its tags are written, logged and told as one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from conduyt_kit.features.contacts.entities import CONTACT, CONTACT_TAG, Contact, ContactTag
from conduyt_kit.features.contacts.events import ContactTagged
from conduyt_kit.features.tags import Tag
from conduyt_kit.kernel.changes import diff, snapshot
from conduyt_kit.kernel.errors import ConduytError, Contention, NotFound
from conduyt_kit.kernel.query import AllOf, Compare, Op, Where, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

Tagged = Sequence[Tag]


def in_order(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """Return the tags as a read shows them: by name."""
    return tuple(sorted(tags, key=lambda tag: (tag.name, tag.id)))


def link(unit: UnitOfWork, contact_id: str, tag_ids: Iterable[str]) -> None:
    """Give a contact tags it does not have; written with the next flush."""
    links = unit.repository(CONTACT_TAG)
    for tag_id in tag_ids:
        links.add(ContactTag(contact_id=contact_id, tag_id=tag_id))


@attrs.frozen(kw_only=True)
class Change:
    """A change of a contact, and of its tags, whose fields are written and that is still to be told."""

    old: Contact
    new: Contact
    before: Tagged
    after: Tagged

    @property
    def added(self) -> list[Tag]:
        had = {tag.id for tag in self.before}
        return [tag for tag in in_order(self.after) if tag.id not in had]

    @property
    def removed(self) -> list[Tag]:
        has = {tag.id for tag in self.after}
        return [tag for tag in in_order(self.before) if tag.id not in has]


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
    written = write(unit, contact, changes, before, after)
    if written is None:
        return contact
    tell(unit, written)
    return written.new


def write(
    unit: UnitOfWork, contact: Contact, changes: Mapping[str, Any], before: Tagged, after: Tagged, *, locked: bool = True
) -> Change | None:
    """Write the fields of a change and return what is to be told of it with `tell`, or ``None`` if there is nothing to change.

    For many contacts, write all before the first is told: what is told is inserted in one batch, unless a statement comes between.

    Args:
        locked: whether the contact was read with `get_for_update`; if not, it is only written while it is as it was read.

    Raises:
        Contention: the contact was changed or deleted since it was read without a lock.
        NotFound, ValidationFailed: as for `change`.
    """
    differing = {name: value for name, value in changes.items() if getattr(contact, name) != value}
    if not differing and {tag.id for tag in before} == {tag.id for tag in after}:
        return None
    differing["updated_at"] = unit.now
    expected = None if locked else where(updated_at=contact.updated_at)
    if not _updated(unit, contact.id, differing, expected):
        raise NotFound.of("contact", contact.id) if locked else Contention(f"The contact {contact.id} was changed by another request")
    return Change(old=contact, new=attrs.evolve(contact, **differing), before=before, after=after)


def tell(unit: UnitOfWork, written: Change) -> None:
    """Write the links of a written change, log it and tell of it."""
    new, tags = written.new, _names(written.after)
    link(unit, new.id, [tag.id for tag in written.added])
    if written.removed:
        _unlink(unit, new.id, [tag.id for tag in written.removed])
    changes = diff(CONTACT, written.old, new)
    if written.added or written.removed:
        changes["tags"] = {"from": _names(written.before), "to": tags}
    if not changes:
        return
    unit.log("contact", new.id, "updated", changes)
    data = {**snapshot(CONTACT, new), "tags": tags, "changes": changes}
    unit.record_event("contact.updated", data, entity="contact", entity_id=new.id)
    if written.added:
        unit.emit(ContactTagged(contact_id=new.id, added=_names(written.added), tags=tags))


def _updated(unit: UnitOfWork, id: str, differing: Mapping[str, Any], expected: Where | None) -> bool:
    # `Repository.change` would log by itself, and only what the row holds; here fields and tags are one change.
    try:
        return unit.transaction.update(CONTACT, id, differing, expected=expected)
    except ConduytError as error:
        raise unit.explained(error) from error


def _unlink(unit: UnitOfWork, contact_id: str, tag_ids: Iterable[str]) -> None:
    condition = AllOf((Compare("contact_id", Op.EQ, contact_id), Compare("tag_id", Op.IN, tuple(tag_ids))))
    unit.repository(CONTACT_TAG).delete_where(condition)


def _names(tags: Tagged) -> list[str]:
    return [tag.name for tag in in_order(tags)]
