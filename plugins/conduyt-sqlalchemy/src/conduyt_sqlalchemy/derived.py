"""Derived structures: plain indexes and what search needs. They hold no data of their own, so they are no part of any revision;
each upgrade makes them from the entities as these are now. The same goes for row numbers that are not kept yet.

That is what keeps a search right when an entity gains a searched field: the stored texts must be made anew then, in Python (databases
disagree on case), which no generated revision would do. What the texts were made of is noted in a table.
"""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from conduyt_kit.kernel.entities import EntitySpec, FieldSpec
from conduyt_sqlalchemy import names, overlaps, recounts
from conduyt_sqlalchemy.claims import CLAIM_INDEXES
from conduyt_sqlalchemy.schema import EntityMap, Schema
from conduyt_sqlalchemy.tables import SEARCH_DEFINITION

_BATCH = 1000
TRIGRAM = "pg_trgm"
NO_TRIGRAM = f"The PostgreSQL extension {TRIGRAM} is missing, so searches read whole tables; install it and run `conduyt db upgrade`"


def index_statements(schema: Schema, dialect: str, tables: Iterable[str]) -> dict[str, str]:
    """Return the CREATE INDEX statements by name, for the entities whose table is among `tables`."""
    present = set(tables)
    statements: dict[str, str] = {}
    for entity in schema.entities.values():
        if entity.spec.name not in present:
            continue
        for fields in _wanted(entity.spec):
            statements[names.index(entity.spec.name, fields)] = _create(entity, dialect, fields, workspace=True)
        for field in entity.spec.locators:
            statements[names.index(entity.spec.name, ("every", field))] = _create(entity, dialect, (field,), workspace=False)
    if "job" in present:
        statements.update(CLAIM_INDEXES)
    return statements


def full_text_tables(schema: Schema) -> list[str]:
    """Return the names of the full-text tables that SQLite needs."""
    return [names.full_text(entity.spec.name) for entity in schema.entities.values() if entity.searched]


def reconcile(connection: sa.Connection, schema: Schema) -> list[str]:
    """Make what is missing, drop what no entity asks for any more, and return sentences about what could not be made."""
    inspector = sa.inspect(connection)
    present = set(inspector.get_table_names())
    existing = {
        name: table for (_, table), listed in inspector.get_multi_indexes().items() for name in (index["name"] for index in listed) if name
    }
    wanted = index_statements(schema, connection.dialect.name, present)
    for name, table in existing.items():
        if name.startswith("ix_") and table in schema.entities and name not in wanted and not name.startswith("ix_search_"):
            connection.exec_driver_sql(f"DROP INDEX {names.quoted(name)}")
    for name, statement in wanted.items():
        if name not in existing:
            connection.exec_driver_sql(statement)
    recounts.count_new(connection, [entity for entity in schema.entities.values() if entity.spec.name in present])
    searched = [entity for entity in schema.entities.values() if entity.searched and entity.spec.name in present]
    stale = stale_texts(connection, schema)
    for entity in searched:
        if entity.spec.name in stale:
            _refresh_texts(connection, entity)
    if connection.dialect.name == "sqlite":
        for entity in searched:
            _full_text(connection, entity)
        return []
    exclusive = [entity for entity in schema.entities.values() if entity.spec.name in present]
    return [*_trigram_indexes(connection, searched, set(existing)), *overlaps.add_constraints(connection, exclusive)]


def _wanted(spec: EntitySpec[Any]) -> list[tuple[str, ...]]:
    """Return the indexes of an entity, each completed by the key, without those that another one or the key makes superfluous."""
    declared = dict.fromkeys(_completed(spec, index.fields) for index in spec.indexes)
    if spec.counted and spec.default_sort and not any(_serves(index, _completed(spec, spec.default_sort)) for index in declared):
        # A list in default order must not sort the whole workspace for its first page.
        declared[_completed(spec, spec.default_sort)] = None
    for field in spec.refs:
        if not any(index[0].lstrip("-") == field.name for index in [*declared, spec.key]):
            declared[_completed(spec, (field.name,))] = None
    return [index for index in declared if index != spec.key]


def _completed(spec: EntitySpec[Any], fields: tuple[str, ...]) -> tuple[str, ...]:
    # A list filtered by the first fields is ordered by the last one, and its key breaks ties in that direction.
    sign = "-" if fields[-1].startswith("-") else ""
    named = {field.lstrip("-") for field in fields}
    return (*fields, *(f"{sign}{name}" for name in spec.key if name not in named))


def _serves(index: tuple[str, ...], order: tuple[str, ...]) -> bool:
    """Return whether an index gives rows in that order, read forwards or backwards."""
    flipped = tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)
    return index in (order, flipped)


def _create(entity: EntityMap, dialect: str, fields: tuple[str, ...], *, workspace: bool) -> str:
    name = names.index(entity.spec.name, fields if workspace else ("every", *fields))
    terms = [names.WORKSPACE] if workspace else []
    terms += [_term(entity.by_name[field.lstrip("-")].field, descending=field.startswith("-"), dialect=dialect) for field in fields]
    return f"CREATE INDEX {names.quoted(name)} ON {entity.table} ({', '.join(terms)})"


def _term(field: FieldSpec, *, descending: bool, dialect: str) -> str:
    """Return an index column in exactly the order that queries ask for, else PostgreSQL could not read it in order."""
    nulls = (" NULLS LAST" if descending else " NULLS FIRST") if field.nullable and dialect == "postgresql" else ""
    return names.quoted(field.name) + (" DESC" if descending else "") + nulls


def stale_texts(connection: sa.Connection, schema: Schema) -> list[str]:
    """Return the names of the entities whose search texts were made of other fields than are searched now."""
    if SEARCH_DEFINITION not in sa.inspect(connection).get_table_names():
        return []
    known = {row[0]: row[1] for row in connection.execute(sa.text(f"SELECT entity, definition FROM {SEARCH_DEFINITION}"))}
    searched = [entity.spec for entity in schema.entities.values() if entity.searched]
    return [spec.name for spec in searched if known.get(spec.name) != _definition(spec)]


def _definition(spec: EntitySpec[Any]) -> str:
    return json.dumps(spec.search)


def _refresh_texts(connection: sa.Connection, entity: EntityMap) -> None:
    definition = _definition(entity.spec)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {names.quoted(names.full_text(entity.spec.name))}")
    _write_texts(connection, entity)
    connection.execute(
        sa.text(
            f"INSERT INTO {SEARCH_DEFINITION} (entity, definition) VALUES (:entity, :definition) "
            "ON CONFLICT (entity) DO UPDATE SET definition = EXCLUDED.definition"
        ),
        {"entity": entity.spec.name, "definition": definition},
    )


def _write_texts(connection: sa.Connection, entity: EntityMap) -> None:
    table = sa.table(entity.spec.name, *(sa.column(name) for name in (names.WORKSPACE, *entity.attribute_names, names.SEARCH_TEXT)))
    key = [table.c[names.WORKSPACE], *(table.c[name] for name in entity.spec.key)]
    searched = sorted(entity.searched)
    update = (
        sa.update(table)
        .where(*(column == sa.bindparam(f"key_{at}") for at, column in enumerate(key)))
        .values({names.SEARCH_TEXT: sa.bindparam("text")})
    )
    after: tuple[Any, ...] | None = None
    while True:
        select = sa.select(*key, *(table.c[name] for name in searched)).order_by(*key).limit(_BATCH)
        if after is not None:
            select = select.where(sa.tuple_(*key) > sa.tuple_(*(sa.literal(part) for part in after)))
        rows = connection.execute(select).all()
        if not rows:
            return
        connection.execute(update, [_text_row(entity, len(key), searched, tuple(row)) for row in rows])
        after = tuple(rows[-1])[: len(key)]


def _text_row(entity: EntityMap, width: int, searched: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    values = {name: entity.by_name[name].decoded(value) for name, value in zip(searched, row[width:], strict=True)}
    return {**{f"key_{at}": part for at, part in enumerate(row[:width])}, "text": entity.search_text(values.__getitem__)}


def _full_text(connection: sa.Connection, entity: EntityMap) -> None:
    """Make the full-text table of an entity, and number its rows: the numbers SQLite gives by itself change with VACUUM."""
    name = names.full_text(entity.spec.name)
    inspector = sa.inspect(connection)
    if name in inspector.get_table_names():
        return
    if names.SEARCH_ID not in {column["name"] for column in inspector.get_columns(entity.spec.name)}:
        connection.exec_driver_sql(f"ALTER TABLE {entity.table} ADD COLUMN {names.SEARCH_ID} INTEGER")
    connection.exec_driver_sql(f"UPDATE {entity.table} SET {names.SEARCH_ID} = rowid")
    index = names.quoted(names.limited(f"ix_search_{entity.spec.name}"))
    connection.exec_driver_sql(f"CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {entity.table} ({names.SEARCH_ID})")
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE {names.quoted(name)} USING fts5({names.SEARCH_TEXT}, content={entity.table}, "
        f"content_rowid={names.quoted(names.SEARCH_ID)}, tokenize='trigram case_sensitive 1')"
    )
    connection.exec_driver_sql(f"INSERT INTO {names.quoted(name)} ({names.quoted(name)}) VALUES ('rebuild')")


def _trigram_indexes(connection: sa.Connection, searched: list[EntityMap], existing: set[str]) -> list[str]:
    if not searched:
        return []
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {TRIGRAM}")
    except sa.exc.DBAPIError as error:
        return [f"{NO_TRIGRAM} ({str(error.orig).splitlines()[0]})"]
    for entity in searched:
        index = names.limited(f"ix_search_{entity.spec.name}")
        if index not in existing:
            connection.exec_driver_sql(f"CREATE INDEX {names.quoted(index)} ON {entity.table} USING gin ({names.SEARCH_TEXT} gin_trgm_ops)")
    return []
