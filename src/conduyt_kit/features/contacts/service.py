"""The use cases of contacts."""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from conduyt_kit.features.contacts import tagging
from conduyt_kit.features.contacts.company_links import with_company
from conduyt_kit.features.contacts.entities import CONTACT, Contact
from conduyt_kit.features.custom_fields import CustomFields
from conduyt_kit.features.tags import TAG, Tag, Tags
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import NotFound
from conduyt_kit.kernel.query import Loaded, query, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.plan_limits import PLAN_LIMITS

_TAGS = ("tags",)
_ADDRESS_LOCKS = 32


class Contacts:
    """Contacts of a workspace.

    A contact read here comes as a `Loaded` with its tags under ``related["tags"]``.
    """

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._contacts = unit.repository(CONTACT)

    def get(self, id: str) -> Loaded[Contact]:
        """Return a contact with its tags, in one storage call.

        Raises:
            NotFound: no such contact.
        """
        return self._contacts.load(id, include=_TAGS)

    def with_email(self, email: str) -> Loaded[Contact] | None:
        """Return the oldest contact with this address, compared case-insensitively, or ``None`` (R21)."""
        oldest = query(CONTACT, where(email_key=ids.fold(email)), sort=("created_at",), limit=1, include=_TAGS)
        return next(iter(self._contacts.page(oldest).items), None)

    def create(self, *, first_name: str, last_name: str, **values: Any) -> Contact:
        """Create a contact.

        Args:
            first_name, last_name: the name; `last_name` may be empty.
            values: further fields of `Contact`; `tags` are names, created where they do not exist yet (R18); `custom_fields` maps keys
                to values; a `company` text links to the company of that name (A20).

        An address that another contact has is no mistake; see `upsert_by_email`.

        Raises:
            ValidationFailed: custom fields do not fit, or the company, at the latest at the flush the user, does not exist.
            PlanLimitReached: the plan allows no more contacts.
        """
        return self.create_loaded(first_name=first_name, last_name=last_name, **values).record

    def create_loaded(self, *, tags: Iterable[str] | None = None, **values: Any) -> Loaded[Contact]:
        """Create a contact as `create` does and return it with its tags, without reading it back."""
        values["custom_fields"] = self._unit[CustomFields].checked("contact", values.get("custom_fields"))
        given = tagging.in_order(self._unit[Tags].ensure(tags or ()))
        # After the lock of the tags, as in an import, so that the two cannot block each other.
        self._unit.provider(PLAN_LIMITS).check(self._unit, "contacts")
        return self.insert(with_company(self._unit, with_email_key(values)), given)

    def insert(self, values: dict[str, Any], tags: Iterable[Tag]) -> Loaded[Contact]:
        """Add a contact of values that are complete and checked; for the import."""
        given = tuple(tags)
        contact = self._contacts.create(event={"tags": [tag.name for tag in given]}, **values)
        tagging.link(self._unit, contact.id, [tag.id for tag in given])
        return Loaded(record=contact, related={"tags": given})

    def update(self, id: str, changes: Mapping[str, Any]) -> Loaded[Contact]:
        """Change the given fields (R16); `tags` replaces the set, custom fields merge key by key (R70).

        Raises:
            NotFound: no such contact.
            ValidationFailed: custom fields do not fit, or the company or user does not exist.
        """
        contact = self._contacts.get_for_update(id)
        wanted = dict(changes)
        before = self._tags_of(contact)
        after = self._unit[Tags].ensure(wanted.pop("tags") or ()) if "tags" in wanted else before
        return self._apply(contact, wanted, before, after)

    def add_tags(self, id: str, names: Iterable[str]) -> Loaded[Contact]:
        """Add tags by name, creating those that do not exist (R18). Tags it has already change nothing.

        Raises:
            NotFound: no such contact.
        """
        contact = self._contacts.get_for_update(id)
        before = self._tags_of(contact)
        return self._apply(contact, {}, before, _joined(before, self._unit[Tags].ensure(names)))

    def remove_tag(self, id: str, tag: str) -> None:
        """Take a tag, by its id or else its name, off a contact (A16). The tag stays; so does a contact without it (R19).

        Raises:
            NotFound: no such contact or no such tag.
        """
        contact = self._contacts.get_for_update(id)
        found = self._unit.repository(TAG).find(tag) or self._unit[Tags].named(tag)
        if found is None:
            raise NotFound.of("tag", tag)
        before = self._tags_of(contact)
        self._apply(contact, {}, before, tuple(item for item in before if item.id != found.id))

    def upsert_by_email(self, *, email: str, tags: Iterable[str] = (), **values: Any) -> tuple[Contact, bool]:
        """Update the oldest contact with this address, or create one (R21); return it and whether it is new.

        Of an existing contact, the given values that are not empty are set, custom fields merge and tags are added. Requests that do
        this for one address at once wait for each other, so that they make one contact.

        Args:
            email: compared case-insensitively; an existing contact keeps its spelling.
            tags: names of tags to add.
            values: as for `create`; a new contact needs `first_name`, an absent `last_name` is empty.

        Raises:
            ValidationFailed, PlanLimitReached: as for `create`.
        """
        self.lock_addresses([ids.fold(email)])
        found = self.with_email(email)
        given = {name: value for name, value in values.items() if value not in (None, "", {})}
        if found is None:
            given.setdefault("last_name", "")
            return self.create(email=email, tags=tags, **given), True
        contact = self._contacts.get_for_update(found.record.id)
        before = self._tags_of(contact)
        return self._apply(contact, given, before, _joined(before, self._unit[Tags].ensure(tags))).record, False

    def lock_addresses(self, keys: Iterable[str]) -> None:
        """Let upserts of these folded addresses wait for each other until the unit ends.

        Addresses share a fixed number of locks, so that an import of any size takes few; they are taken in order, so that two of
        them cannot block each other. Take them before the lock of `Tags.ensure`.
        """
        for number in sorted({zlib.crc32(key.encode()) % _ADDRESS_LOCKS for key in keys}):
            self._unit.lock(f"contact-email:{number}")

    def delete(self, id: str) -> None:
        """Delete a contact for good, with what belongs to it alone (R17, A30).

        Raises:
            NotFound: no such contact.
        """
        self._contacts.remove(self._contacts.get_for_update(id))

    def _apply(self, contact: Contact, wanted: dict[str, Any], before: tagging.Tagged, after: tagging.Tagged) -> Loaded[Contact]:
        if "custom_fields" in wanted:
            wanted["custom_fields"] = self._unit[CustomFields].checked("contact", wanted["custom_fields"], contact.custom_fields)
        changes = with_company(self._unit, with_email_key(wanted))
        changed = tagging.change(self._unit, contact, changes, before, after)
        return Loaded(record=changed, related={"tags": tagging.in_order(after)})

    def _tags_of(self, contact: Contact) -> tuple[Tag, ...]:
        tags: tuple[Tag, ...] = self._contacts.load(contact.id, include=_TAGS).related["tags"]
        return tags


def with_email_key(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the folded address beside a given one."""
    if "email" not in values:
        return dict(values)
    return {**values, "email_key": ids.fold(values["email"]) if values["email"] else None}


def _joined(before: tagging.Tagged, added: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple({tag.id: tag for tag in (*before, *added)}.values())
