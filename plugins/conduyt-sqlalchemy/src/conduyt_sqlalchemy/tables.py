"""SQLAlchemy tables from entity specs: the schema that migrations create and that the statements rely on.

Every key, unique rule and index begins with the workspace, and every reference is a composite foreign key, so the database itself
refuses a reference into another workspace.
"""

import decimal
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import msgspec
import sqlalchemy as sa

from conduyt_kit.kernel.entities import EntitySpec, FieldSpec, Kind, NoOverlap, Unique, strip
from conduyt_kit.kernel.money import to_scaled
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.column_types import Text, Whole, column_type

RECORD_COUNT = "record_count"
NUMBER_SEQUENCE = "number_sequence"
SEARCH_DEFINITION = "search_definition"


def metadata_of(specs: Iterable[EntitySpec[Any]]) -> sa.MetaData:
    """Return the tables of these entities; a reference to an entity that is not among them gets no foreign key."""
    metadata = sa.MetaData()
    by_name = {spec.name: spec for spec in specs}
    earlier: set[str] = set()
    for spec in by_name.values():
        earlier.add(spec.name)
        _table(metadata, spec, by_name, earlier)
    return metadata


def storage_metadata() -> sa.MetaData:
    """Return the tables that the storage keeps for itself."""
    metadata = sa.MetaData()
    _system_table(metadata, RECORD_COUNT, key=("workspace_id", "entity"), numbers=("slot",), value="n")
    _system_table(metadata, NUMBER_SEQUENCE, key=("workspace_id", "name"), numbers=(), value="n")
    sa.Table(
        SEARCH_DEFINITION,
        metadata,
        sa.Column("entity", Text(), nullable=False),
        sa.Column("definition", Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", name=names.primary_key(SEARCH_DEFINITION)),
        sqlite_strict=True,
    )
    return metadata


def _system_table(metadata: sa.MetaData, name: str, *, key: Sequence[str], numbers: Sequence[str], value: str) -> None:
    sa.Table(
        name,
        metadata,
        *(sa.Column(column, Text(), nullable=False) for column in key),
        *(sa.Column(column, Whole(), nullable=False) for column in (*numbers, value)),
        sa.PrimaryKeyConstraint(*key, *numbers, name=names.primary_key(name)),
        sqlite_strict=True,
    )


def _table(metadata: sa.MetaData, spec: EntitySpec[Any], specs: Mapping[str, EntitySpec[Any]], earlier: set[str]) -> None:
    columns: list[sa.Column[Any]] = [sa.Column(names.WORKSPACE, Text(), nullable=False)]
    columns += [
        sa.Column(field.name, column_type(field), nullable=is_nullable(field), server_default=_default(spec, field))
        for field in spec.fields
    ]
    if spec.search:
        columns.append(sa.Column(names.SEARCH_TEXT, Text(), nullable=False, server_default=""))
    for column in columns:
        names.quoted(column.name)
    table = sa.Table(
        spec.name,
        metadata,
        *columns,
        sa.PrimaryKeyConstraint(names.WORKSPACE, *spec.key, name=names.primary_key(spec.name)),
        *(_foreign_key(spec, field.name, field.ref.entity, earlier) for field in spec.fields if field.ref and field.ref.entity in specs),
        sqlite_strict=True,
    )
    for rule in spec.unique:
        _unique_index(table, spec, rule)


def _default(spec: EntitySpec[Any], field: FieldSpec) -> str | None:
    """Return the text of a field's default, which rows that exist get when the field is new; both databases read it for every kind."""
    if is_nullable(field) or field.kind in (Kind.TIMESTAMP, Kind.DATE):
        return None
    default = attrs.fields_dict(spec.type)[field.name].default
    if field.kind is Kind.JSON:
        return _empty_document(default)
    if isinstance(default, decimal.Decimal):
        return str(to_scaled(default, field.options.places))
    if isinstance(default, bool):
        return str(int(default))
    return str(default) if isinstance(default, str | int | float) else None


def _empty_document(default: Any) -> str | None:
    factory = getattr(default, "factory", None)
    made = factory() if factory in (list, dict, tuple) else default
    return msgspec.json.encode(made).decode() if made in ([], {}, ()) else None


def is_nullable(field: FieldSpec) -> bool:
    """Return whether the column may be null: also where the annotation allows anything."""
    return field.nullable or strip(field.annotation)[0] is Any


def _foreign_key(spec: EntitySpec[Any], field: str, target: str, earlier: set[str]) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [names.WORKSPACE, field],
        [f"{target}.{names.WORKSPACE}", f"{target}.id"],
        name=names.foreign_key(spec.name, field),
        # A table made later can only be referred to by a constraint added after both exist.
        use_alter=target not in earlier,
    )


def _unique_index(table: sa.Table, spec: EntitySpec[Any], rule: Unique) -> None:
    narrowed = only_clause(rule)
    condition: dict[str, Any] = {} if narrowed is None else {"postgresql_where": sa.text(narrowed), "sqlite_where": sa.text(narrowed)}
    sa.Index(names.unique(spec, rule), table.c[names.WORKSPACE], *(table.c[name] for name in rule.fields), unique=True, **condition)


def only_clause(rule: Unique | NoOverlap) -> str | None:
    """Return the condition of a narrowed rule's index, or ``None``; written so that both databases read it alike."""
    if not rule.only:
        return None
    return " AND ".join(f"{names.quoted(name)}{_equals(value)}" for name, value in rule.only.items())


def _equals(value: Any) -> str:
    if value is None:
        return " IS NULL"
    if isinstance(value, bool):
        # SQLite keeps booleans as 0 and 1 and reads TRUE as 1.
        return f" = {'TRUE' if value else 'FALSE'}"
    return f" = {value}" if isinstance(value, int) else " = '" + str(value).replace("'", "''") + "'"
