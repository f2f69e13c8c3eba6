"""Entity specifications: what a storage backend, a transport and the audit trail are told about a class of records.

An entity is a frozen attrs class. Its `EntitySpec` is derived from the class and from field metadata (`fields.stored`), plus what
a class cannot say: uniqueness, indexes, search, relations. A backend is written once, against specs; a third-party entity is
treated exactly like a built-in one.
"""

import datetime as dt
import decimal
import enum
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.fields import METADATA_KEY, FieldOptions, OnDelete, Ref

E = TypeVar("E")

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Kind(enum.Enum):
    """How a field's value is stored."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    """`decimal.Decimal` with a fixed number of places; exact in sums and comparisons on every backend."""
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    """An aware `datetime.datetime`, kept in UTC with microseconds."""
    JSON = "json"
    """Lists, tuples, dicts and nested attrs classes, kept as one JSON document."""


@attrs.frozen(kw_only=True)
class FieldSpec:
    """One stored field of an entity."""

    name: str
    kind: Kind
    nullable: bool
    annotation: Any
    """The resolved annotation, with its `typing.Annotated` constraints."""
    options: FieldOptions = attrs.field(factory=FieldOptions)
    has_default: bool = False

    @property
    def ref(self) -> Ref | None:
        return self.options.ref

    @property
    def visible(self) -> bool:
        """Whether outputs, activity entries and events may carry it."""
        return not (self.options.secret or self.options.hidden)


@attrs.frozen(kw_only=True)
class Unique:
    """A uniqueness rule inside a workspace; rows with a null in one of the fields are exempt.

    `field` and `message` are what a caller is told when the rule is broken: the input field and a sentence.
    `only` narrows the rule to rows where these fields have these values (a partial unique index).
    """

    fields: tuple[str, ...]
    field: str
    message: str
    only: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class NoOverlap:
    """A rule that no two records claim the same time: the spans ``[start, end)`` of records that agree in `within` never overlap.

    `start` and `end` are timestamp fields; spans that touch do not overlap. `only` narrows the rule to records where these fields have
    these values; records with a null in one of the fields are exempt. `message` is what a caller is told when the rule is broken.

    A backend enforces the rule where it can, as a second line behind a feature's own check under a lock: an exclusion constraint on
    PostgreSQL. One that cannot (SQLite) relies on that check.
    """

    start: str
    end: str
    within: tuple[str, ...] = ()
    only: Mapping[str, Any] = attrs.field(factory=dict)
    message: str


@attrs.frozen(kw_only=True)
class Index:
    """An index inside a workspace; a field name with a leading ``-`` is descending. The key is appended as the tie-break."""

    fields: tuple[str, ...]


@attrs.frozen(kw_only=True)
class HasMany:
    """The records of `entity` whose reference field `field` holds this record's id."""

    name: str
    entity: str
    field: str


@attrs.frozen(kw_only=True)
class ManyToMany:
    """The records of `entity` connected to this one by rows of the link entity `link`.

    `here` and `there` are the link's fields that hold this record's id and the other record's id.
    """

    name: str
    entity: str
    link: str
    here: str
    there: str


Relation = HasMany | ManyToMany


@attrs.frozen(kw_only=True)
class EntitySpec(Generic[E]):
    """Everything the kit needs to know about one entity. Make it with `entity`."""

    name: str
    plural: str
    type: type[E]
    fields: tuple[FieldSpec, ...]
    new_id: Callable[[], str] | None
    key: tuple[str, ...] = ("id",)
    unique: tuple[Unique, ...] = ()
    no_overlap: NoOverlap | None = None
    indexes: tuple[Index, ...] = ()
    search: tuple[tuple[str, ...], ...] = ()
    locators: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    default_sort: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()
    events: bool = True
    audited: bool = True
    counted: bool = True
    alias_prefix: str | None = None
    by_name: Mapping[str, FieldSpec] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "by_name", {field.name: field for field in self.fields})

    def field(self, name: str) -> FieldSpec:
        """Return the field of that name.

        Raises:
            SpecError: the entity has no such field.
        """
        found = self.by_name.get(name)
        if found is None:
            raise SpecError(f"entity {self.name!r} has no field {name!r}")
        return found

    def relation(self, name: str) -> Relation:
        """Return the declared relation of that name.

        Raises:
            SpecError: the entity declares no such relation.
        """
        for relation in self.relations:
            if relation.name == name:
                return relation
        raise SpecError(f"entity {self.name!r} has no relation {name!r}")

    def key_of(self, record: E) -> tuple[str, ...]:
        """Return the values of the key fields of a record."""
        return tuple(getattr(record, name) for name in self.key)

    def canonical_id(self, id: str) -> str:
        """Return the id without the alias prefix that input may put before a bare UUID (A1)."""
        if self.alias_prefix and id.startswith(self.alias_prefix) and _UUID.fullmatch(id, len(self.alias_prefix)):
            return id[len(self.alias_prefix) :]
        return id

    @property
    def refs(self) -> tuple[FieldSpec, ...]:
        """Return the fields that refer to another entity."""
        return tuple(field for field in self.fields if field.ref is not None)

    @property
    def is_link(self) -> bool:
        """Whether it only connects two other entities (its key is its references)."""
        return self.key != ("id",)


def entity(
    cls: type[E],
    *,
    name: str,
    plural: str | None = None,
    new_id: Callable[[], str] | None = None,
    key: Sequence[str] = ("id",),
    unique: Sequence[Unique] = (),
    no_overlap: NoOverlap | None = None,
    indexes: Sequence[Sequence[str]] = (),
    search: Sequence[Sequence[str] | str] = (),
    locators: Sequence[str] = (),
    relations: Sequence[Relation] = (),
    sort: Sequence[str] = (),
    sortable: Sequence[str] = (),
    events: bool = True,
    audited: bool = True,
    counted: bool = True,
    alias_prefix: str | None = None,
) -> EntitySpec[E]:
    """Derive the specification of an entity class.

    Args:
        cls: a frozen attrs class with keyword-only fields; `id` first, unless `key` says otherwise.
        name: the singular wire name, such as ``"contact"``; also the table's name and the prefix of its events.
        plural: the plural for paths and texts; `name` + ``"s"`` when omitted.
        new_id: makes an id for a new record (`kernel.ids`).
        key: the fields that identify a record inside its workspace; two references for a link entity.
        unique: uniqueness rules inside the workspace.
        no_overlap: the rule that no two records claim the same time.
        indexes: field lists, each an index inside the workspace; ``-field`` is descending.
        search: the fields a text search looks at. A nested sequence is joined by spaces, so that ``("first_name", "last_name")``
            finds ``"Sarah Kim"``.
        locators: fields by which `Storage.locate` may look *without* a workspace (a credential's hash, a public form's id).
        relations: named relations for filters, `include` and `counts` of a query.
        sort: default order, such as ``("-created_at",)``; the key breaks ties in the direction of the first field.
        sortable: the fields a caller may sort by; those of `sort` are always allowed.
        events: whether created, updated and deleted events exist for it.
        audited: whether changes are logged as activities.
        counted: whether the backend keeps the number of rows per workspace, so that an unfiltered total is cheap.

    Raises:
        SpecError: a field cannot be stored, or a rule names a field that does not exist.
    """
    if not hasattr(cls, "__attrs_attrs__"):
        raise SpecError(f"{cls.__name__} is not an attrs class")
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = tuple(_field(cls.__name__, attribute, hints[attribute.name]) for attribute in attrs.fields(typing.cast("Any", cls)))
    groups = tuple((group,) if isinstance(group, str) else tuple(group) for group in search)
    spec = EntitySpec(
        name=name,
        plural=plural or f"{name}s",
        type=cls,
        fields=fields,
        new_id=new_id,
        key=tuple(key),
        unique=tuple(unique),
        no_overlap=no_overlap,
        indexes=tuple(Index(fields=tuple(index)) for index in indexes),
        search=groups,
        locators=tuple(locators),
        relations=tuple(relations),
        default_sort=tuple(sort),
        sortable=tuple(dict.fromkeys([*(s.lstrip("-") for s in sort), *sortable])),
        events=events,
        audited=audited,
        counted=counted,
        alias_prefix=alias_prefix,
    )
    named = [*spec.key, *(f for rule in spec.unique for f in (*rule.fields, *rule.only)), *spec.locators, *spec.sortable]
    named += [f.lstrip("-") for index in spec.indexes for f in index.fields] + [f for group in groups for f in group]
    for field_name in named:
        spec.field(field_name)
    if no_overlap is not None:
        _check_no_overlap(spec, no_overlap)
    return spec


def _check_no_overlap(spec: EntitySpec[Any], rule: NoOverlap) -> None:
    for field_name in (*rule.within, *rule.only):
        spec.field(field_name)
    for field_name in (rule.start, rule.end):
        if spec.field(field_name).kind is not Kind.TIMESTAMP:
            raise SpecError(f"{spec.name}.{field_name} bounds a span of time, so it must be a timestamp")


def _field(owner: str, attribute: "attrs.Attribute[Any]", annotation: Any) -> FieldSpec:
    options = attribute.metadata.get(METADATA_KEY, FieldOptions())
    bare, nullable = strip(annotation)
    if options.ref is not None and options.ref.on_delete is OnDelete.SET_NULL and not nullable:
        raise SpecError(f"{owner}.{attribute.name} is set to null on delete, so it must allow None")
    return FieldSpec(
        name=attribute.name,
        kind=_kind(owner, attribute.name, bare),
        nullable=nullable,
        annotation=annotation,
        options=options,
        has_default=attribute.default is not attrs.NOTHING,
    )


def strip(annotation: Any) -> tuple[Any, bool]:
    """Return the annotation without `Annotated` and without ``None``, and whether ``None`` was allowed."""
    nullable = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            members = [member for member in typing.get_args(annotation) if member is not type(None)]
            nullable = nullable or len(members) < len(typing.get_args(annotation))
            if len(members) != 1:
                return annotation, nullable
            annotation = members[0]
        else:
            return annotation, nullable


def _kind(owner: str, name: str, bare: Any) -> Kind:
    origin = typing.get_origin(bare)
    if origin is typing.Literal:
        bare = type(typing.get_args(bare)[0])
    elif origin in (list, tuple, dict) or bare in (list, tuple, dict) or attrs.has(bare) or bare is Any:
        return Kind.JSON
    kinds = {
        str: Kind.TEXT,
        bool: Kind.BOOLEAN,
        int: Kind.INTEGER,
        decimal.Decimal: Kind.DECIMAL,
        float: Kind.FLOAT,
        dt.datetime: Kind.TIMESTAMP,
        dt.date: Kind.DATE,
    }
    if bare not in kinds:
        raise SpecError(f"{owner}.{name} has the type {bare!r}, which cannot be stored")
    return kinds[bare]
