"""The input, query and output classes of `crud_endpoints`, made from an entity's specification."""

import datetime as dt
import typing
from collections.abc import Mapping
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.kernel.entities import EntitySpec, FieldSpec, Kind, strip
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.query import Compare, Op
from conduyt_kit.kernel.values import Since

KEPT_BY_THE_KERNEL = frozenset({"id", "created_at", "updated_at"})

_PAGE_PARAMETERS = frozenset(field.name for field in attrs.fields(PageQuery)) | {"search"}


@attrs.frozen(kw_only=True)
class Filter:
    """A query parameter of a list that narrows it by one field."""

    name: str
    field: str
    op: Op
    annotation: Any

    def applied(self, value: Any) -> Compare:
        """Return the condition for a given value."""
        return Compare(self.field, self.op, value)


def input_class(spec: EntitySpec[Any]) -> type:
    """Return the class of a new record's input.

    Raises:
        SpecError: a field that no input may give has no default.
    """
    taken = {field.name: _attribute(spec, field) for field in spec.fields if _is_input(field)}
    for field in spec.fields:
        if field.name not in taken and field.name not in KEPT_BY_THE_KERNEL and not field.has_default:
            raise SpecError(f"{spec.type.__name__}.{field.name} is never given by a caller, so crud_endpoints needs it to have a default")
    return _made(spec, f"{spec.type.__name__}Input", taken, f"A new {spec.name.replace('_', ' ')}.")


def view_class(spec: EntitySpec[Any]) -> type:
    """Return the class of what the endpoints show: every visible field, in the order of the entity class."""
    shown = {field.name: attrs.field(type=_described(field), kw_only=True) for field in spec.fields if field.visible}
    return _made(spec, f"{spec.type.__name__}View", shown, spec.type.__doc__ or "")


def query_class(spec: EntitySpec[Any], filters: tuple[Filter, ...]) -> type:
    """Return the class of the list's query string."""
    parameters = {item.name: _optional(item.annotation) for item in filters}
    if spec.search:
        groups = ", ".join(" ".join(group).replace("_", " ") for group in spec.search)
        parameters["search"] = _optional(Annotated[str, Meta(description=f"Search by {groups}")])
    return _made(spec, f"{spec.type.__name__}Query", parameters, "", bases=(PageQuery,))


def filters_of(spec: EntitySpec[Any]) -> tuple[Filter, ...]:
    """Return the filters of the list: references, choices, booleans and indexed fields, where a query string can say the value."""
    indexed = {name.lstrip("-") for index in spec.indexes for name in index.fields}
    found: list[Filter] = []
    for field in spec.fields:
        bare, _ = strip(field.annotation)
        chosen = field.ref or field.kind is Kind.BOOLEAN or typing.get_origin(bare) is typing.Literal or field.name in indexed
        if chosen and field.visible and field.name != "id":
            found.extend(_filters(spec, field, bare))
    return tuple(item for item in found if item.name not in _PAGE_PARAMETERS)


def _filters(spec: EntitySpec[Any], field: FieldSpec, bare: Any) -> list[Filter]:
    plural, words = spec.plural.replace("_", " "), field.name.replace("_", " ")
    if bare is dt.datetime:
        stem = field.name.removesuffix("_at")
        after = Annotated[Since, Meta(description=f"Only {plural} with this {words} or a later one; a date or a date-time")]
        before = Annotated[Since, Meta(description=f"Only {plural} with an earlier {words}; a date or a date-time")]
        return [
            Filter(name=f"{stem}_after", field=field.name, op=Op.GE, annotation=after),
            Filter(name=f"{stem}_before", field=field.name, op=Op.LT, annotation=before),
        ]
    if field.kind in (Kind.JSON, Kind.DECIMAL, Kind.FLOAT):
        return []
    same = Annotated[bare, Meta(description=f"Only {plural} with this {words}")]
    return [Filter(name=field.name, field=field.name, op=Op.EQ, annotation=same)]


def _is_input(field: FieldSpec) -> bool:
    options = field.options
    return field.name not in KEPT_BY_THE_KERNEL and not (options.read_only or options.hidden or options.secret)


def _attribute(spec: EntitySpec[Any], field: FieldSpec) -> Any:
    default = getattr(attrs.fields_dict(spec.type)[field.name], "default", attrs.NOTHING)
    return attrs.field(type=_described(field), default=default, kw_only=True)


def _optional(annotation: Any) -> Any:
    return attrs.field(type=annotation | None, default=None, kw_only=True)


def _described(field: FieldSpec) -> Any:
    text = field.options.description
    return Annotated[field.annotation, Meta(description=text)] if text else field.annotation


def _made(spec: EntitySpec[Any], name: str, attributes: Mapping[str, Any], doc: str, bases: tuple[type, ...] = (object,)) -> type:
    made: type = attrs.make_class(name, dict(attributes), bases=bases, frozen=True, slots=True)
    made.__doc__ = doc
    # Where the entity lives, so that classes of one name in two plugins can be told apart.
    made.__module__ = spec.type.__module__
    return made
