"""Inserting: a batch of records of any entities in as few statements as possible.

PostgreSQL takes the whole batch, with the kept row numbers, as one statement with a part for each entity. A part has placeholders
for one row, or arrays of values for many, so that the number of rows does not multiply the statements to prepare.
"""

from collections.abc import Sequence
from typing import Any

import attrs

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import ReferenceViolation
from conduyt_sqlalchemy import names, references, search
from conduyt_sqlalchemy.counts import Counts
from conduyt_sqlalchemy.dialects.postgres import TYPE_NAMES
from conduyt_sqlalchemy.schema import EntityMap, Schema
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.shapes import Shapes
from conduyt_sqlalchemy.statements import Statement

_CHUNK = 1000

Batch = Sequence[tuple[EntitySpec[Any], Any]]


@attrs.frozen(kw_only=True, eq=False)
class Inserter:
    """The inserts of one transaction."""

    session: Session
    schema: Schema
    shapes: Shapes
    counts: Counts
    workspace: str

    def insert(self, batch: Batch) -> None:
        if self.session.dialect.name == "sqlite":
            for entity, records in self._runs(batch):
                self._insert_run(entity, records)
        elif len(batch) <= _CHUNK:
            self._insert_at_once(batch, ride_along=self.counts.may_ride_along())
        else:
            for start in range(0, len(batch), _CHUNK):
                self._insert_at_once(batch[start : start + _CHUNK], ride_along=False)

    def insert_missing(self, entity: EntityMap, records: Sequence[Any]) -> int:
        conflict = f" ON CONFLICT ({', '.join([names.WORKSPACE, *(entity.by_name[name].sql for name in entity.spec.key)])}) DO NOTHING"
        if self.session.dialect.name == "sqlite":
            inserted = self._insert_missing_rows(entity, records, conflict)
        else:
            inserted = sum(
                self._insert_missing_chunk(entity, records[start : start + _CHUNK], conflict) for start in range(0, len(records), _CHUNK)
            )
        self._count(entity, inserted)
        return inserted

    def single_sql(self, entity: EntityMap) -> str:
        """Return the INSERT of one record, whose parameters are the workspace and `EntityMap.values`."""
        return self.shapes.get(("insert", entity.spec.name), lambda: self._single_sql(entity))

    def _single_sql(self, entity: EntityMap) -> str:
        width = 1 + len(entity.columns) + bool(entity.searched)
        values = [self.session.dialect.mark(position + 1) for position in range(width)]
        columns = _columns(entity)
        if search.is_kept(self.session, entity):
            columns += f", {names.SEARCH_ID}"
            values.append(f"(SELECT coalesce(max({names.SEARCH_ID}), 0) + 1 FROM {entity.table})")
        return f"INSERT INTO {entity.table} AS t ({columns}) VALUES ({', '.join(values)})"

    def _count(self, entity: EntityMap, number: int) -> None:
        if entity.spec.counted and number:
            self.counts.add(entity.spec.name, number)

    # SQLite

    def _runs(self, batch: Batch) -> list[tuple[EntityMap, list[Any]]]:
        runs: list[tuple[EntityMap, list[Any]]] = []
        for spec, record in batch:
            entity = self.schema[spec]
            if not runs or runs[-1][0] is not entity:
                runs.append((entity, []))
            runs[-1][1].append(record)
        return runs

    def _insert_run(self, entity: EntityMap, records: list[Any]) -> None:
        rows = [(self.workspace, *entity.values(record)) for record in records]
        try:
            if len(rows) == 1:
                self.session.execute(self.single_sql(entity), rows[0])
            else:
                self.session.execute_many(self.single_sql(entity), rows)
        except ReferenceViolation as error:
            raise references.missing_target(self.session, self.schema, self.workspace, entity, records) from error
        search.learn_keys(self.session, self.workspace, entity, [entity.spec.key_of(record) for record in records])
        self._count(entity, len(records))

    def _insert_missing_rows(self, entity: EntityMap, records: Sequence[Any], conflict: str) -> int:
        before = search.last_id(self.session, entity) if search.is_kept(self.session, entity) else 0
        rows = [(self.workspace, *entity.values(record)) for record in records]
        try:
            inserted = self.session.execute_many(self.single_sql(entity) + conflict, rows)
        except ReferenceViolation as error:
            raise references.missing_target(self.session, self.schema, self.workspace, entity, records) from error
        search.learn(self.session, entity, f"t.{names.SEARCH_ID} > ?1", (before,))
        return inserted

    # PostgreSQL

    def _insert_at_once(self, batch: Batch, *, ride_along: bool) -> None:
        groups: dict[str, list[list[Any]]] = {}
        for spec, record in batch:
            groups.setdefault(spec.name, []).append(self.schema[spec].values(record))
        if not groups:
            return
        numbers = {name: len(rows) for name, rows in groups.items() if self.schema.named(name).spec.counted}
        ride_along = ride_along and bool(numbers)
        shape = ("batch", ride_along, *((name, len(rows) > 1) for name, rows in groups.items()))
        sql, params = self._batch(shape, groups, numbers if ride_along else {})
        self.session.execute(sql, params)
        if not ride_along:
            for name, number in numbers.items():
                self.counts.add(name, number)

    def _batch(self, shape: tuple[Any, ...], groups: dict[str, list[list[Any]]], numbers: dict[str, int]) -> tuple[str, list[Any]]:
        params: list[Any] = [self.workspace]
        for rows in groups.values():
            params.extend(rows[0] if len(rows) == 1 else map(list, zip(*rows, strict=True)))
        statement = Statement(self.session.dialect, self.workspace)
        statement.params = params
        counting = self.counts.ride_along(statement, numbers) if numbers else ""
        return self.shapes.get(shape, lambda: self._batch_sql(groups, counting)), statement.params

    def _batch_sql(self, groups: dict[str, list[list[Any]]], counting: str) -> str:
        parts = []
        position = 2
        for name, rows in groups.items():
            entity = self.schema.named(name)
            parts.append(_part(entity, position, many=len(rows) > 1))
            position += len(rows[0])
        if len(parts) == 1 and not counting:
            return parts[0]
        # The parts run in this order, so the numbers, which others wait for, are locked last and for the shortest time.
        listed = ", ".join(f"part{at} AS ({part})" for at, part in enumerate([*parts, counting] if counting else parts))
        return f"WITH {listed} SELECT 1"

    def _insert_missing_chunk(self, entity: EntityMap, records: Sequence[Any], conflict: str) -> int:
        rows = [entity.values(record) for record in records]
        sql = self.shapes.get(("missing", entity.spec.name), lambda: _part(entity, 2, many=True) + conflict)
        return self.session.execute(sql, [self.workspace, *map(list, zip(*rows, strict=True))]).rowcount


def _columns(entity: EntityMap) -> str:
    hidden = [names.SEARCH_TEXT] if entity.searched else []
    return ", ".join([names.WORKSPACE, *(column.sql for column in entity.columns), *hidden])


def _part(entity: EntityMap, position: int, *, many: bool) -> str:
    types = [TYPE_NAMES[column.kind] for column in entity.columns] + (["text"] if entity.searched else [])
    suffix = "[]" if many else ""
    marks = ", ".join(f"${position + at}::{name}{suffix}" for at, name in enumerate(types))
    source = f"SELECT $1::text, u.* FROM unnest({marks}) AS u" if many else f"VALUES ($1::text, {marks})"
    return f"INSERT INTO {entity.table} ({_columns(entity)}) {source}"
