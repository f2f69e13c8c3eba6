"""What a page brings along: related records as JSON built by the database, and counts, all inside the page's own statement."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import msgspec

from conduyt_kit.kernel.entities import HasMany, ManyToMany
from conduyt_kit.kernel.query import Loaded, Query, complete_sort
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.dialects.dialect import Dialect
from conduyt_sqlalchemy.schema import EntityMap, Schema

Read = Callable[[Any], Any]
"""Turns what the database built into what is under `Loaded.related`."""


@attrs.frozen(kw_only=True, eq=False)
class Head:
    """A select list, and how its rows become `Loaded` records."""

    sql: str
    entity: EntityMap
    included: tuple[tuple[str, int, Callable[[], Read]], ...]
    counted: tuple[tuple[str, int], ...]

    def loaded(self, rows: Sequence[Sequence[Any]]) -> tuple[Loaded[Any], ...]:
        """Return what the rows of one statement hold."""
        build = self.entity.record
        if not self.included and not self.counted:
            return tuple([Loaded(record=build(row)) for row in rows])
        included = [(name, position, reader()) for name, position, reader in self.included]
        return tuple(
            [
                Loaded(
                    record=build(row),
                    related={name: read(row[position]) for name, position, read in included},
                    counts={name: row[position] for name, position in self.counted},
                )
                for row in rows
            ]
        )


def head(dialect: Dialect, schema: Schema, entity: EntityMap, query: Query[Any]) -> Head:
    """Return the select list for a query's records, includes and counts, in which the entity's table is called ``t``.

    Raises:
        SpecError: an included or counted name is no relation, and an included one no reference either.
    """
    width = len(entity.columns)
    included = [_included(dialect, schema, entity, name) for name in query.include]
    counted = [_count(schema, entity, name) for name in query.counts]
    return Head(
        sql=", ".join([entity.select("t"), *(sql for sql, _ in included), *counted]),
        entity=entity,
        included=tuple((name, width + at, reader) for at, (name, (_, reader)) in enumerate(zip(query.include, included, strict=True))),
        counted=tuple((name, width + len(included) + at) for at, name in enumerate(query.counts)),
    )


def _included(dialect: Dialect, schema: Schema, entity: EntityMap, name: str) -> tuple[str, Callable[[], Read]]:
    field = entity.spec.by_name.get(name)
    if field is not None and field.ref is not None:
        other = schema.named(field.ref.entity)
        where = f"o.{names.WORKSPACE} = t.{names.WORKSPACE} AND o.{other.by_name['id'].sql} = t.{entity.column(name).sql}"
        return f"(SELECT {_json_row(dialect, other)} FROM {other.table} AS o WHERE {where})", _one(other)
    relation = entity.spec.relation(name)
    other = schema.named(relation.entity)
    order = ", ".join(
        dialect.order(f"o.{column.sql}", descending=item.descending, nullable=column.nullable)
        for item, column in ((item, other.column(item.field)) for item in complete_sort(other.spec))
    )
    return dialect.json_rows(_json_row(dialect, other), f"{_source(schema, entity, relation)} ORDER BY {order}"), _several(
        other, shared=isinstance(relation, ManyToMany)
    )


def _json_row(dialect: Dialect, other: EntityMap) -> str:
    return dialect.json_row([(f"o.{column.sql}", column.kind) for column in other.columns])


def _source(schema: Schema, entity: EntityMap, relation: HasMany | ManyToMany) -> str:
    """Return FROM and WHERE of the related records, called ``o``, of the record ``t``."""
    other = schema.named(relation.entity)
    own_id = f"t.{entity.by_name['id'].sql}"
    if isinstance(relation, HasMany):
        where = f"o.{names.WORKSPACE} = t.{names.WORKSPACE} AND o.{other.column(relation.field).sql} = {own_id}"
        return f"FROM {other.table} AS o WHERE {where}"
    link = schema.named(relation.link)
    join = f"o.{names.WORKSPACE} = l.{names.WORKSPACE} AND o.{other.by_name['id'].sql} = l.{link.column(relation.there).sql}"
    where = f"l.{names.WORKSPACE} = t.{names.WORKSPACE} AND l.{link.column(relation.here).sql} = {own_id}"
    return f"FROM {link.table} AS l JOIN {other.table} AS o ON {join} WHERE {where}"


def _count(schema: Schema, entity: EntityMap, name: str) -> str:
    relation = entity.spec.relation(name)
    own_id = f"t.{entity.by_name['id'].sql}"
    # A link row cannot point at nothing, so counting the links is counting the records.
    counted, field = (relation.entity, relation.field) if isinstance(relation, HasMany) else (relation.link, relation.here)
    other = schema.named(counted)
    where = f"o.{names.WORKSPACE} = t.{names.WORKSPACE} AND o.{other.column(field).sql} = {own_id}"
    return f"(SELECT count(*) FROM {other.table} AS o WHERE {where})"


def _one(other: EntityMap) -> Callable[[], Read]:
    def reader() -> Read:
        record = _shared(other)
        return lambda value: None if value is None else record(msgspec.json.decode(value))

    return reader


def _several(other: EntityMap, *, shared: bool) -> Callable[[], Read]:
    parse = msgspec.json.Decoder(list[Any]).decode

    def reader() -> Read:
        record = _shared(other) if shared else other.record_of_json
        return lambda value: tuple([record(row) for row in parse(value)])

    return reader


def _shared(other: EntityMap) -> Read:
    """Return what builds each record of one statement once: many contacts have the same few tags."""
    build, position = other.record_of_json, other.attribute_names.index("id")
    known: dict[str, Any] = {}

    def record(row: Sequence[Any]) -> Any:
        found = known.get(row[position])
        if found is None:
            found = known[row[position]] = build(row)
        return found

    return record
