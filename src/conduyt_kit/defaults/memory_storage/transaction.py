"""One transaction of the memory storage."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from conduyt_kit.defaults.memory_storage.conditions import predicate
from conduyt_kit.defaults.memory_storage.reading import Reader
from conduyt_kit.defaults.memory_storage.tables import RowKey, State, Table
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import ReferenceViolation
from conduyt_kit.kernel.query import Aggregate, Group, Page, Query, RemoveKey, Where
from conduyt_kit.kernel.transactions import Key

if TYPE_CHECKING:
    from conduyt_kit.defaults.memory_storage.storage import MemoryStorage

E = TypeVar("E")


class MemoryTransaction:
    """Reads the latest committed state, or, once it writes, a private copy of it that `commit` makes the latest one.

    A write transaction holds the storage's only write lock from its first operation on. After a failed change every operation but
    `rollback` is refused, as PostgreSQL does, so that code that would fail there fails here.
    """

    def __init__(self, storage: "MemoryStorage", workspace: str, *, write: bool) -> None:
        self._storage = storage
        self._workspace = workspace
        self._write = write
        self._state: State | None = None
        self._own: set[str] = set()
        self._locks: set[str] = set()
        self._over = ""
        self._failed = False

    @property
    def workspace(self) -> str:
        return self._workspace

    def get(self, spec: EntitySpec[E], key: Key, *, lock: bool = False) -> E | None:
        if lock:
            self._must_write()
        _, rows = self._reader().rows(spec.name)
        found = rows.get(_row_key(key))
        return None if found is None else self._storage.values[spec.name].record_out(found)

    def get_many(self, spec: EntitySpec[E], ids: Sequence[str]) -> dict[str, E]:
        _, rows = self._reader().rows(spec.name)
        out = self._storage.values[spec.name]
        return {wanted: out.record_out(rows[wanted,]) for wanted in dict.fromkeys(ids) if (wanted,) in rows}

    def find(self, spec: EntitySpec[E], query: Query[E]) -> Page[E]:
        return self._reader().find(spec, query)

    def count(self, spec: EntitySpec[Any], where: Where, search: str | None = None) -> int:
        return len(self._reader().matching(spec, where, search))

    def aggregate(self, spec: EntitySpec[Any], aggregate: Aggregate) -> tuple[Group, ...]:
        return self._reader().aggregate(spec, aggregate)

    def insert(self, batch: Sequence[tuple[EntitySpec[Any], Any]]) -> None:
        with self._changing():
            ready = [(spec, self._storage.values_of(spec).record_in(record)) for spec, record in batch]
            for spec, record in ready:
                self._add(spec, record)

    def insert_missing(self, spec: EntitySpec[E], records: Sequence[E]) -> int:
        with self._changing():
            table = self._table(spec)
            into = self._storage.values_of(spec)
            before = len(table.rows)
            for record in [into.record_in(record) for record in records]:
                if spec.key_of(record) not in table.rows:
                    self._add(spec, record)
            return len(table.rows) - before

    def upsert(self, spec: EntitySpec[E], record: E, *, by: Sequence[str], update: Sequence[str]) -> tuple[E, bool]:
        with self._changing():
            values = self._storage.values_of(spec)
            new = values.record_in(record)
            table = self._table(spec)
            key = table.owner(tuple(by), new)
            if key is None:
                self._add(spec, new)
                return values.record_out(new), True
            stored = attrs.evolve(table.rows[key], **{name: getattr(new, name) for name in update})
            self._replace(spec, key, stored, update)
            return values.record_out(stored), False

    def update(self, spec: EntitySpec[Any], key: Key, changes: Mapping[str, Any], *, expected: Where | None = None) -> bool:
        with self._changing():
            values = self._storage.values_of(spec).fields_in(changes)
            row_key = _row_key(key)
            found = self._table(spec).rows.get(row_key)
            if found is None or not (expected is None or predicate(spec, expected, self._reader().rows)(found)):
                return False
            self._replace(spec, row_key, attrs.evolve(found, **values), changes)
            return True

    def update_where(self, spec: EntitySpec[Any], where: Where, changes: Mapping[str, Any]) -> int:
        with self._changing():
            removed = {name: value.key for name, value in changes.items() if isinstance(value, RemoveKey)}
            values = self._storage.values_of(spec).fields_in({n: v for n, v in changes.items() if n not in removed})
            matching = self._reader().matching(spec, where)
            for record in matching:
                without = {name: _without(getattr(record, name), key) for name, key in removed.items()}
                self._replace(spec, spec.key_of(record), attrs.evolve(record, **values, **without), changes)
            return len(matching)

    def delete(self, spec: EntitySpec[Any], keys: Sequence[Key]) -> int:
        with self._changing():
            rows = self._table(spec).rows
            return self._remove(spec, [key for key in dict.fromkeys(map(_row_key, keys)) if key in rows])

    def delete_where(self, spec: EntitySpec[Any], where: Where) -> int:
        with self._changing():
            return self._remove(spec, [spec.key_of(record) for record in self._reader().matching(spec, where)])

    def lock(self, name: str, *, wait: bool = True) -> bool:
        self._must_write()
        held = self._storage.held_locks
        if not wait and self._state is None and (self._workspace, name) in held:
            return False
        with self._changing():
            self._locks.add(name)
            held.add((self._workspace, name))
            return True

    def next_number(self, sequence: str) -> int:
        with self._changing() as state:
            number = state.sequences.get((self._workspace, sequence), 0) + 1
            state.sequences[self._workspace, sequence] = number
            return number

    def commit(self) -> None:
        if self._failed:
            self.rollback()
        self._must_be_usable()
        if self._state is not None:
            self._storage.committed = self._state
        self._end("committed")

    def rollback(self) -> None:
        if not self._over:
            self._end("rolled back")

    def _end(self, how: str) -> None:
        self._over = how
        if self._state is not None:
            self._state = None
            self._storage.held_locks.difference_update((self._workspace, name) for name in self._locks)
            self._storage.release_writer()

    def _must_be_usable(self) -> None:
        if self._over:
            raise RuntimeError(f"The transaction is {self._over}")
        if self._failed:
            raise RuntimeError("A change failed, so the transaction can only be rolled back")

    def _must_write(self) -> None:
        self._must_be_usable()
        if not self._write:
            raise RuntimeError("The transaction was begun for reading only")

    def _reader(self) -> Reader:
        self._must_be_usable()
        state = self._working_state() if self._write else self._storage.committed
        return Reader(self._workspace, state, self._storage.specs, self._storage.values)

    def _working_state(self) -> State:
        if self._state is None:
            self._storage.acquire_writer()
            self._state = self._storage.committed.copy()
        return self._state

    @contextlib.contextmanager
    def _changing(self) -> Iterator[State]:
        self._must_write()
        state = self._working_state()
        try:
            yield state
        except BaseException:
            self._failed = True
            raise

    def _table(self, spec: EntitySpec[Any]) -> Table:
        state = self._working_state()
        place = (self._workspace, spec.name)
        if spec.name not in self._own:
            self._storage.values_of(spec)
            state.tables[place] = state.table(self._workspace, spec).copy()
            self._own.add(spec.name)
        return state.tables[place]

    def _add(self, spec: EntitySpec[Any], record: Any) -> None:
        self._table(spec).add(record)
        self._check_references(spec, record, spec.by_name)

    def _replace(self, spec: EntitySpec[Any], key: RowKey, record: Any, changed: Mapping[str, Any] | Sequence[str]) -> None:
        if spec.key_of(record) != key:
            raise ValueError(f"The key of a {spec.name} cannot change")
        self._table(spec).replace(key, record)
        self._check_references(spec, record, changed)

    def _remove(self, spec: EntitySpec[Any], keys: Sequence[RowKey]) -> int:
        table = self._table(spec)
        for key in keys:
            table.remove(key)
        gone = {key[0] for key in keys}
        for other, field in self._storage.referrers.get(spec.name, ()) if gone else ():
            _, rows = self._reader().rows(other.name)
            if any(getattr(row, field) in gone for row in rows.values()):
                raise ReferenceViolation(other.name, field)
        return len(keys)

    def _check_references(self, spec: EntitySpec[Any], record: Any, changed: Mapping[str, Any] | Sequence[str]) -> None:
        for field in spec.refs:
            value = getattr(record, field.name)
            if value is None or field.name not in changed or field.ref is None or field.ref.entity not in self._storage.specs:
                continue
            _, rows = self._reader().rows(field.ref.entity)
            if (value,) not in rows:
                raise ReferenceViolation(spec.name, field.name)


def _row_key(key: Key) -> RowKey:
    return (key,) if isinstance(key, str) else tuple(key)


def _without(value: Any, key: str) -> Any:
    return {name: item for name, item in value.items() if name != key} if isinstance(value, dict) else value
