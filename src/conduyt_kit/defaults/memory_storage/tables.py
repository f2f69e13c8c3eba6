"""The rows of one entity in one workspace, and the state of a whole storage made of them."""

import dataclasses
import datetime as dt
from typing import Any

from conduyt_kit.kernel.entities import EntitySpec, NoOverlap, Unique
from conduyt_kit.kernel.errors import OverlapViolation, UniqueViolation

RowKey = tuple[str, ...]


class Table:
    """Rows by key, with an index for each uniqueness rule; a rule against overlaps is checked row by row."""

    __slots__ = ("_owners", "rows", "spec")

    def __init__(self, spec: EntitySpec[Any]) -> None:
        self.spec = spec
        self.rows: dict[RowKey, Any] = {}
        self._owners: tuple[dict[tuple[Any, ...], RowKey], ...] = tuple({} for _ in spec.unique)

    def copy(self) -> "Table":
        twin = Table(self.spec)
        twin.rows = self.rows.copy()
        twin._owners = tuple(owners.copy() for owners in self._owners)
        return twin

    def add(self, record: Any) -> None:
        key = self.spec.key_of(record)
        if key in self.rows:
            raise UniqueViolation(self.spec.name, self.spec.key)
        self._claim(key, record)
        self.rows[key] = record

    def replace(self, key: RowKey, record: Any) -> None:
        self._release(self.rows[key])
        self._claim(key, record)
        self.rows[key] = record

    def remove(self, key: RowKey) -> None:
        self._release(self.rows.pop(key))

    def owner(self, fields: tuple[str, ...], record: Any) -> RowKey | None:
        """Return the key of the row that has the record's values in these unique (or key) fields."""
        if set(fields) == set(self.spec.key):
            key = self.spec.key_of(record)
            return key if key in self.rows else None
        for rule, owners in zip(self.spec.unique, self._owners, strict=True):
            if set(rule.fields) == set(fields) and not rule.only:
                values = _values(rule, record)
                return owners.get(values) if values is not None else None
        raise ValueError(f"{self.spec.name} has no uniqueness rule over {', '.join(fields)}")

    def _claim(self, key: RowKey, record: Any) -> None:
        for rule, owners in zip(self.spec.unique, self._owners, strict=True):
            values = _values(rule, record)
            if values is not None and owners.setdefault(values, key) != key:
                raise UniqueViolation(self.spec.name, rule.fields)
        self._refuse_overlap(key, record)

    def _refuse_overlap(self, key: RowKey, record: Any) -> None:
        rule = self.spec.no_overlap
        span = _span(rule, record) if rule else None
        if rule is None or span is None:
            return
        for other_key, other in self.rows.items():
            taken = _span(rule, other)
            if taken and other_key != key and taken[0] == span[0] and taken[1] < span[2] and span[1] < taken[2]:
                raise OverlapViolation(self.spec.name)

    def _release(self, record: Any) -> None:
        for rule, owners in zip(self.spec.unique, self._owners, strict=True):
            values = _values(rule, record)
            if values is not None:
                owners.pop(values, None)


def _values(rule: Unique, record: Any) -> tuple[Any, ...] | None:
    if any(getattr(record, name) != value for name, value in rule.only.items()):
        return None
    values = tuple(getattr(record, name) for name in rule.fields)
    return None if None in values else values


def _span(rule: NoOverlap, record: Any) -> tuple[tuple[Any, ...], dt.datetime, dt.datetime] | None:
    """Return where and from when to when a record claims time; ``None`` if it claims none under this rule."""
    place = tuple(getattr(record, name) for name in rule.within)
    start, end = getattr(record, rule.start), getattr(record, rule.end)
    if None in (start, end, *place) or any(getattr(record, name) != value for name, value in rule.only.items()) or start >= end:
        return None
    return place, start, end


@dataclasses.dataclass(slots=True)
class State:
    """Everything stored at one moment, by workspace. A committed state never changes: writers work on a copy of it."""

    tables: dict[tuple[str, str], Table]
    sequences: dict[tuple[str, str], int]

    def copy(self) -> "State":
        return State(self.tables.copy(), self.sequences.copy())

    def table(self, workspace: str, spec: EntitySpec[Any]) -> Table:
        return self.tables.get((workspace, spec.name)) or Table(spec)

    def of_all_workspaces(self, spec: EntitySpec[Any]) -> list[tuple[str, Table]]:
        return [(workspace, table) for (workspace, name), table in self.tables.items() if name == spec.name]
