"""The prepared entities: for each one its quoted names, codecs and row builders, made once in `prepare`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import attrs
import cattrs
import sqlalchemy as sa

from conduyt_kit.kernel.entities import EntitySpec, FieldSpec, Kind
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.ids import fold
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.dialects.dialect import Dialect
from conduyt_sqlalchemy.tables import is_nullable, metadata_of
from conduyt_sqlalchemy.values import Codec, document_converter

Build = Callable[[Sequence[Any]], Any]


@attrs.frozen(kw_only=True)
class Column:
    """One field as a column."""

    field: FieldSpec
    sql: str
    codec: Codec
    nullable: bool

    @property
    def kind(self) -> Kind:
        return self.field.kind

    def encoded(self, value: Any) -> Any:
        """Return the value as the driver takes it."""
        return value if value is None or self.codec.encode is None else self.codec.encode(value)

    def stored(self, value: Any) -> Any:
        """Return the value as the driver takes it.

        Raises:
            ValueError: the field cannot hold it.
        """
        if value is None and not self.nullable:
            raise ValueError(f"{self.field.name} cannot be null")
        return self.encoded(value)

    def decoded(self, value: Any) -> Any:
        """Return the driver's value as the record has it."""
        return value if value is None or self.codec.decode is None else self.codec.decode(value)


@attrs.frozen(kw_only=True, eq=False)
class EntityMap:
    """One entity and its table."""

    spec: EntitySpec[Any]
    table: str
    """The table's name, quoted."""
    columns: tuple[Column, ...]
    by_name: Mapping[str, Column]
    attribute_names: tuple[str, ...]
    record: Build
    """Returns the record of a row that begins with the columns of `select`."""
    record_of_json: Build
    """Returns the record of a parsed `Dialect.json_row`."""
    encoders: tuple[tuple[str, bool, Callable[[Any], Any] | None], ...]
    searched: frozenset[str]

    def column(self, name: str) -> Column:
        """Return a field's column.

        Raises:
            SpecError: the entity has no such field.
        """
        found = self.by_name.get(name)
        if found is None:
            raise SpecError(f"entity {self.spec.name!r} has no field {name!r}")
        return found

    def select(self, alias: str) -> str:
        """Return the select list of a whole record."""
        return ", ".join(f"{alias}.{column.sql}" for column in self.columns)

    def values(self, record: Any) -> list[Any]:
        """Return a record's values as the driver takes them, in the order of `columns`, then the search text if there is one.

        Raises:
            ValueError: a field cannot hold its value.
        """
        found = []
        for name, nullable, encode in self.encoders:
            value = getattr(record, name)
            if value is None and not nullable:
                raise ValueError(f"{self.spec.name}.{name} cannot be null")
            found.append(value if value is None or encode is None else encode(value))
        if self.searched:
            found.append(self.search_text(lambda name: getattr(record, name)))
        return found

    def search_text(self, value_of: Callable[[str], Any]) -> str:
        """Return what a search looks at: a folded line for each search group, so that no match spans two groups."""
        lines = (" ".join(str(value) for value in map(value_of, group) if value) for group in self.spec.search)
        return "\n".join(fold(line) for line in lines)

    def key_condition(self, alias: str, marks: Sequence[str]) -> str:
        """Return the condition that the row has a key, given as one parameter for each key field."""
        prefix = f"{alias}." if alias else ""
        return " AND ".join(f"{prefix}{self.by_name[name].sql} = {mark}" for name, mark in zip(self.spec.key, marks, strict=True))


def entity_map(spec: EntitySpec[Any], dialect: Dialect, converter: cattrs.Converter) -> EntityMap:
    """Return how an entity is kept by a dialect."""
    columns = tuple(
        Column(field=field, sql=names.quoted(field.name), codec=dialect.codec(field, converter), nullable=is_nullable(field))
        for field in spec.fields
    )
    return EntityMap(
        spec=spec,
        table=names.quoted(spec.name),
        columns=columns,
        by_name={column.field.name: column for column in columns},
        attribute_names=tuple(column.field.name for column in columns),
        record=_builder(spec, [(column.field.name, column.codec.decode) for column in columns]),
        record_of_json=_builder(spec, [(column.field.name, column.codec.decode_json) for column in columns]),
        encoders=tuple((column.field.name, column.nullable, column.codec.encode) for column in columns),
        searched=frozenset(name for group in spec.search for name in group),
    )


def _builder(spec: EntitySpec[Any], fields: Sequence[tuple[str, Callable[[Any], Any] | None]]) -> Build:
    """Generate the function that makes a record of a row; a list of fifty runs it two hundred times."""
    scope: dict[str, Any] = {"cls": spec.type}
    arguments = []
    for at, (name, decode) in enumerate(fields):
        scope[f"d{at}"] = decode
        arguments.append(f"{name}=r[{at}]" if decode is None else f"{name}=None if (v := r[{at}]) is None else d{at}(v)")
    exec(f"def build(r):\n  return cls({', '.join(arguments)})", scope)  # noqa: S102 - generated from a class definition, as attrs itself does
    return cast("Build", scope["build"])


@attrs.frozen(kw_only=True, eq=False)
class Referrer:
    """A reference to an entity, from the field of another (or the same) one."""

    entity: EntityMap
    column: Column


@attrs.frozen(kw_only=True, eq=False)
class Schema:
    """All prepared entities."""

    entities: Mapping[str, EntityMap]
    metadata: sa.MetaData
    referrers: Mapping[str, tuple[Referrer, ...]]
    """The references to each entity, by its name."""
    unique_rules: Mapping[str, tuple[str, tuple[str, ...]]]
    """Entity and fields of each unique index and primary key, by its name."""
    foreign_keys: Mapping[str, tuple[str, str]]
    """Entity and field of each foreign key, by its name."""

    def __getitem__(self, spec: EntitySpec[Any]) -> EntityMap:
        return self.named(spec.name)

    def named(self, name: str) -> EntityMap:
        """Return the entity of that name.

        Raises:
            SpecError: the storage was not prepared for it.
        """
        found = self.entities.get(name)
        if found is None:
            raise SpecError(f"the storage was not prepared for the entity {name!r}")
        return found


def schema_of(specs: Iterable[EntitySpec[Any]], dialect: Dialect) -> Schema:
    """Return the schema of these entities on a dialect.

    Raises:
        SpecError: a name cannot be a table or column.
    """
    converter = document_converter()
    entities = {spec.name: entity_map(spec, dialect, converter) for spec in specs}
    referrers: dict[str, list[Referrer]] = {name: [] for name in entities}
    unique_rules: dict[str, tuple[str, tuple[str, ...]]] = {}
    foreign_keys: dict[str, tuple[str, str]] = {}
    for name, mapped in entities.items():
        unique_rules[names.primary_key(name)] = (name, mapped.spec.key)
        unique_rules.update({names.unique(mapped.spec, rule): (name, rule.fields) for rule in mapped.spec.unique})
        for field in mapped.spec.refs:
            if field.ref is not None and field.ref.entity in entities:
                referrers[field.ref.entity].append(Referrer(entity=mapped, column=mapped.column(field.name)))
                foreign_keys[names.foreign_key(name, field.name)] = (name, field.name)
    return Schema(
        entities=entities,
        metadata=metadata_of(mapped.spec for mapped in entities.values()),
        referrers={name: tuple(found) for name, found in referrers.items()},
        unique_rules=unique_rules,
        foreign_keys=foreign_keys,
    )
