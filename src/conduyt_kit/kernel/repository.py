"""The interface features use to read and write one entity. Written once, for every storage backend."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import ConduytError, Contention, NotFound, SpecError
from conduyt_kit.kernel.query import EVERYTHING, Aggregate, Compare, Group, Loaded, Op, Page, Query, Where, query, where
from conduyt_kit.kernel.transactions import Key

if TYPE_CHECKING:
    from conduyt_kit.kernel.unit_of_work import UnitOfWork

E = TypeVar("E")


class Repository(Generic[E]):
    """Records of one entity in the workspace of a unit of work.

    Writes are logged, told and checked by the unit of work; broken uniqueness rules and references to nothing become
    `ValidationFailed` on the input field, at the latest when the unit is flushed.
    """

    def __init__(self, unit: "UnitOfWork", spec: EntitySpec[E]) -> None:
        self._unit = unit
        self.spec = spec

    def find(self, key: Key) -> E | None:
        """Return the record, or ``None``."""
        canonical = self.canonical(key)
        pending = self._unit.pending(self.spec, canonical if isinstance(canonical, tuple) else (canonical,))
        return pending or self._unit.transaction.get(self.spec, canonical)

    def get(self, key: Key) -> E:
        """Return the record.

        Raises:
            NotFound: no such record in this workspace.
        """
        found = self.find(key)
        if found is None:
            raise NotFound.of(self.spec.name, key if isinstance(key, str) else "/".join(key))
        return found

    def get_for_update(self, key: Key) -> E:
        """Return the record and keep others from changing it until the unit ends. Read this way before `change` and `remove`.

        Raises:
            NotFound: no such record in this workspace.
        """
        found = self._unit.transaction.get(self.spec, self.canonical(key), lock=True)
        if found is None:
            raise NotFound.of(self.spec.name, key if isinstance(key, str) else "/".join(key))
        return found

    def load(self, key: str, *, include: Sequence[str] = (), counts: Sequence[str] = ()) -> Loaded[E]:
        """Return the record with relations and counts, in one storage call.

        Raises:
            NotFound: no such record in this workspace.
        """
        # One id is one record at most, so there is nothing to sort.
        page = self.page(Query(where=Compare("id", Op.EQ, self.canonical(key)), limit=1, include=tuple(include), counts=tuple(counts)))
        if not page.items:
            raise NotFound.of(self.spec.name, key)
        return page.items[0]

    def get_many(self, ids: Iterable[str]) -> dict[str, E]:
        """Return the existing records among these ids, by the id as given; unknown ids are left out."""
        wanted = {given: self.canonical(given) for given in ids}
        found = self._unit.transaction.get_many(self.spec, list(dict.fromkeys(str(key) for key in wanted.values()))) if wanted else {}
        return {given: found[str(key)] for given, key in wanted.items() if str(key) in found}

    def page(self, query: Query[E]) -> Page[E]:
        """Answer a query, in one storage call."""
        return self._unit.transaction.find(self.spec, query)

    def all(self, where: Where = EVERYTHING, *, sort: Sequence[str] | None = None, limit: int | None = None) -> tuple[E, ...]:
        """Return the matching records in order; give a limit where the number is not small by nature."""
        return self.page(query(self.spec, where, sort=sort, limit=limit)).records

    def first(self, where: Where, *, sort: Sequence[str] | None = None) -> E | None:
        """Return the first match in order, or ``None``."""
        found = self.all(where, sort=sort, limit=1)
        return found[0] if found else None

    def first_where(self, **equal: Any) -> E | None:
        """Return the first record whose fields equal these values, or ``None``."""
        return self.first(where(**equal))

    def count(self, where: Where = EVERYTHING) -> int:
        """Return the exact number of matches."""
        return self._unit.transaction.count(self.spec, where)

    def aggregate(self, aggregate: Aggregate) -> tuple[Group, ...]:
        """Return numbers over the matches."""
        return self._unit.transaction.aggregate(self.spec, aggregate)

    def create(self, *, event: dict[str, Any] | None = None, **values: Any) -> E:
        """Make a record with a new id (unless given), `created_at` and `updated_at` where it has them, and add it.

        `event` adds to the data of the created event what the row does not hold.
        """
        if "id" in self.spec.by_name and values.get("id") is None:
            if self.spec.new_id is None:
                raise SpecError(f"entity {self.spec.name!r} has no way to make ids")
            values["id"] = self.spec.new_id()
        for name in ("created_at", "updated_at"):
            if name in self.spec.by_name:
                values.setdefault(name, self._unit.now)
        return self.add(self.spec.type(**self._unit.canonical_refs(self.spec, values)), event=event)

    def add(self, record: E, *, event: dict[str, Any] | None = None) -> E:
        """Add a complete record. It is written with the next flush, read or commit."""
        self._unit.added(self.spec, record, event or {})
        return record

    def change(self, record: E, *, event: dict[str, Any] | None = None, expected: Where | None = None, **changes: Any) -> E:
        """Set fields of a record read with `get_for_update`; return the new version.

        Only fields that differ are written; if none does, nothing happens at all. `updated_at` moves with every change (R16).
        `expected` is checked by the database in the same statement, for changes that must never rest on an old reading.

        Raises:
            Contention: `expected` did not hold; the unit is to be run again from the start.
            NotFound: it was deleted in the meantime.
            ValidationFailed: a uniqueness rule or reference is broken.
        """
        given = self._unit.canonical_refs(self.spec, changes)
        differing = {name: value for name, value in given.items() if getattr(record, name) != value}
        if not differing:
            return record
        if "updated_at" in self.spec.by_name:
            differing.setdefault("updated_at", self._unit.now)
        new: E = attrs.evolve(cast("Any", record), **differing)
        key = self.spec.key_of(record)
        try:
            done = self._unit.transaction.update(self.spec, key if len(key) > 1 else key[0], differing, expected=expected)
        except ConduytError as error:
            raise self._unit.explained(error) from error
        if not done and expected is not None:
            raise Contention(f"The {self.spec.name.replace('_', ' ')} was changed by another request; try again")
        if not done:
            raise NotFound.of(self.spec.name, "/".join(key))
        self._unit.changed(self.spec, record, new, event or {})
        return new

    def remove(self, record: E) -> None:
        """Delete a record, with what its references say about those that refer to it (`OnDelete`).

        Raises:
            Conflict: a record that refers to it forbids the deletion.
        """
        self._unit.remove(self.spec, record)

    def update_where(self, where: Where, **changes: Any) -> int:
        """Set fields of all matches without logging or telling; for derived and hidden fields. Return how many rows matched."""
        return self._unit.transaction.update_where(self.spec, where, changes)

    def delete_where(self, where: Where) -> int:
        """Delete all matches without logging, telling or cascading; for link entities. Return how many rows matched."""
        return self._unit.transaction.delete_where(self.spec, where)

    def insert_missing(self, records: Sequence[E]) -> int:
        """Insert those whose key does not exist yet, without logging or telling; for link entities. Return how many that were."""
        return self._unit.transaction.insert_missing(self.spec, records) if records else 0

    def canonical(self, key: Key) -> Key:
        """Return the id without the alias prefix that input may carry (A1)."""
        return self.spec.canonical_id(key) if isinstance(key, str) else key
