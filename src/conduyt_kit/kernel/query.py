"""The query language: what to read, never how.

A backend translates a `Query` as it sees fit; a feature never writes SQL. Every query runs inside one workspace, which the
transaction knows; nothing here can name another.
"""

import base64
import binascii
import datetime as dt
import decimal
import enum
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs
import msgspec

from conduyt_kit.kernel.entities import EntitySpec, Kind
from conduyt_kit.kernel.errors import InvalidRequest

E = TypeVar("E")


class Op(enum.Enum):
    """A comparison of a field with a value."""

    EQ = "eq"
    """Equal; with ``None``: is null."""
    NE = "ne"
    """Not equal; unlike SQL, a null differs from every value."""
    IN = "in"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    HAS_KEY = "has_key"
    """The JSON object holds this key."""
    HAS_ITEM = "has_item"
    """The JSON array holds this text."""


@attrs.frozen
class Compare:
    """One comparison; a null field matches only `Op.EQ` with ``None`` and `Op.NE`."""

    field: str
    op: Op
    value: Any


@attrs.frozen
class AllOf:
    """Every part holds; empty: always."""

    parts: tuple["Where", ...]


@attrs.frozen
class AnyOf:
    """At least one part holds; empty: never."""

    parts: tuple["Where", ...]


@attrs.frozen
class Not:
    """The part does not hold. Defined for parts whose fields are not null."""

    part: "Where"


@attrs.frozen
class Related:
    """At least one record of the named relation matches `where` (a semi-join)."""

    relation: str
    where: "Where"


Where = Compare | AllOf | AnyOf | Not | Related

EVERYTHING = AllOf(())


def where(**equal: Any) -> Where:
    """Return the condition that each named field equals its value; ``None`` means is null."""
    parts = tuple(Compare(name, Op.EQ, value) for name, value in equal.items())
    return parts[0] if len(parts) == 1 else AllOf(parts)


def both(*parts: Where | None) -> Where:
    """Return the condition that every given part holds; ``None`` parts are left out."""
    given = tuple(part for part in parts if part is not None)
    return given[0] if len(given) == 1 else AllOf(given)


@attrs.frozen
class Sort:
    """Order by one field. A null counts as smaller than every value, on every backend."""

    field: str
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> "Sort":
        """Read ``"name"`` or ``"-name"``."""
        return cls(text.removeprefix("-"), text.startswith("-"))


@attrs.frozen(kw_only=True)
class Query(Generic[E]):
    """A read of one entity.

    `sort` is complete, that is, ends in the key (see `query`), so that pages never overlap. `after` holds the sort values of the
    last record of the page before (keyset paging) and replaces `offset`. `include` names relations or reference fields to load
    along; `counts` names relations to count. `total` asks for the exact number of matches.
    """

    where: Where = EVERYTHING
    search: str | None = None
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int = 0
    after: tuple[Any, ...] | None = None
    include: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    total: bool = False


def complete_sort(spec: EntitySpec[Any], sort: Sequence[str] | Sequence[Sort] | None = None) -> tuple[Sort, ...]:
    """Return a total order: the given or default sort, then the key in the same direction as the first field."""
    parsed = [Sort.parse(item) if isinstance(item, str) else item for item in (sort or spec.default_sort)]
    descending = parsed[0].descending if parsed else False
    named = {item.field for item in parsed}
    return (*parsed, *(Sort(name, descending) for name in spec.key if name not in named))


def query(
    spec: EntitySpec[E],
    where: Where = EVERYTHING,
    *,
    search: str | None = None,
    sort: Sequence[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
    after: tuple[Any, ...] | None = None,
    include: Sequence[str] = (),
    counts: Sequence[str] = (),
    total: bool = False,
) -> Query[E]:
    """Return a query with a complete order; the spec's default order when `sort` is omitted."""
    return Query(
        where=where,
        search=search or None,
        sort=complete_sort(spec, sort),
        limit=limit,
        offset=offset,
        after=after,
        include=tuple(include),
        counts=tuple(counts),
        total=total,
    )


@attrs.frozen(kw_only=True)
class Loaded(Generic[E]):
    """A record with what the query asked for along with it.

    `related` maps each included name to a tuple of records (relations) or to one record or ``None`` (reference fields);
    `counts` maps each counted relation to its number.
    """

    record: E
    related: Mapping[str, Any] = attrs.field(factory=dict)
    counts: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Page(Generic[E]):
    """The answer to a query: the records in order, the exact total if asked for, and whether more follow."""

    items: tuple[Loaded[E], ...]
    total: int | None = None
    more: bool = False

    @property
    def records(self) -> tuple[E, ...]:
        return tuple(item.record for item in self.items)


class Function(enum.Enum):
    """What a `Measure` computes."""

    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"


@attrs.frozen(kw_only=True)
class Measure:
    """One number to compute per group: `function` of `field`, named `name`; `where` narrows it to some of the group's rows.

    COUNT ignores `field`. A SUM over nothing is 0, MIN and MAX over nothing are ``None``.
    """

    name: str
    function: Function = Function.COUNT
    field: str | None = None
    where: Where | None = None


@attrs.frozen(kw_only=True)
class Aggregate:
    """Numbers over the matching rows, per distinct combination of the `group_by` fields (one group when empty)."""

    measures: tuple[Measure, ...]
    where: Where = EVERYTHING
    group_by: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Group:
    """One row of an aggregate's answer."""

    by: Mapping[str, Any]
    values: Mapping[str, Any]


@attrs.frozen
class RemoveKey:
    """As a value in `Transaction.update_where`: take this key out of the JSON object."""

    key: str


def encode_cursor(spec: EntitySpec[Any], sort: tuple[Sort, ...], record: Any) -> str:
    """Return an opaque token for "the records after this one" in that order."""
    order = [("-" if item.descending else "") + item.field for item in sort]
    payload = [spec.name, order, [getattr(record, item.field) for item in sort]]
    return base64.urlsafe_b64encode(msgspec.json.encode(payload)).decode().rstrip("=")


def decode_cursor(spec: EntitySpec[Any], sort: tuple[Sort, ...], token: str) -> tuple[Any, ...]:
    """Return the sort values that a token of `encode_cursor` holds.

    Raises:
        InvalidRequest: the token was not made for this entity and order.
    """
    order = [("-" if item.descending else "") + item.field for item in sort]
    try:
        name, made_for, values = msgspec.json.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if [name, made_for] != [spec.name, order] or len(values) != len(sort):
            raise ValueError("made for another list")
        return tuple(_restore(spec, item.field, value) for item, value in zip(sort, values, strict=True))
    except (ValueError, TypeError, KeyError, binascii.Error, msgspec.MsgspecError) as error:
        raise InvalidRequest.on("cursor", "Not a cursor of this list in this order; start again with an empty cursor") from error


_CURSOR_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.BOOLEAN: bool,
    Kind.FLOAT: float,
    Kind.TIMESTAMP: dt.datetime,
    Kind.DATE: dt.date,
    Kind.DECIMAL: decimal.Decimal,
}


def _restore(spec: EntitySpec[Any], name: str, value: Any) -> Any:
    return None if value is None else msgspec.convert(value, _CURSOR_TYPES[spec.field(name).kind])
