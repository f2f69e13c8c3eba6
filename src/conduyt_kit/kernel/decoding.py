"""Reading inputs: JSON bodies and query strings into attrs classes, strictly, with every mistake reported at once.

Nothing is coerced (A5 and the general table): a number is not a string, ``"false"`` is not a boolean. Unknown keys are refused with
the nearest known name. Constraints (`msgspec.Meta`) and rules (`values.Rule`) of the annotations are enforced field by field.
"""

import datetime as dt
import difflib
import functools
import math
import operator
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

import attrs
import cattrs
import msgspec
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override
from msgspec import UNSET, Meta

from conduyt_kit.kernel.errors import Detail, InvalidRequest, ValidationFailed
from conduyt_kit.kernel.json_documents import check_text
from conduyt_kit.kernel.naming import camel, snake
from conduyt_kit.kernel.values import Rule

T = TypeVar("T")

REQUIRED = "Required"

MOST_MISTAKES = 100
"""How many mistakes of one array or object are gathered; naming every one of a body full of them costs more than it helps."""
LONGEST_KEY = 100
"""How much of an unknown key is repeated, and up to which length a similar known one is looked for."""


class Wrong(ValueError):
    """A value is not what its field takes; the text is what the caller is told."""


class Decoder:
    """Structures inputs. One per kit; thread-safe after the classes have been seen once."""

    def __init__(self) -> None:
        self._converter = _strict_converter()

    def body(self, cls: type[T], value: Any, *, ignored: Iterable[str] = ()) -> T:
        """Return the input class filled from a JSON value.

        Args:
            cls: an attrs class; a field with the default `msgspec.UNSET` may be absent.
            value: the parsed body.
            ignored: camelCase keys that are dropped silently (documented read-only keys on PATCH, A5).

        Raises:
            InvalidRequest: the value is not an object.
            ValidationFailed: fields are missing, unknown, of the wrong type or out of range; all of them are named.
        """
        if not isinstance(value, dict):
            raise InvalidRequest("The body must be a JSON object")
        dropped = set(ignored)
        try:
            return self._converter.structure({key: item for key, item in value.items() if key not in dropped}, cls)
        except (ClassValidationError, ForbiddenExtraKeysError) as error:
            raise ValidationFailed.of(details(error)) from error

    def value(self, annotation: Any, value: Any, field: str) -> Any:
        """Return one value structured by its annotation.

        Raises:
            ValidationFailed: on `field`.
        """
        try:
            return self._converter.structure(value, annotation)
        except Exception as error:
            raise ValidationFailed.of(details(error, field)) from error

    def query(self, cls: type[T], parameters: Mapping[str, Sequence[str]]) -> T:
        """Return the query class filled from a query string.

        Every parameter is accepted in snake_case and camelCase (A8); unknown ones are ignored; of repeated ones the last counts.

        Raises:
            InvalidRequest: a value cannot be read (R4); all such parameters are named.
        """
        wrong: list[Detail] = []
        found: dict[str, Any] = {}
        for name, wire, hint in query_fields(cls):
            given = next((parameters[key] for key in (wire, camel(name), snake(wire)) if key in parameters), None)
            if not given or (given[-1] == "" and "cursor" not in name):
                continue
            try:
                found[name] = self._converter.structure(_from_text(hint, given[-1]), hint)
            except Exception as error:  # noqa: BLE001 - whatever a rule raises is this parameter's mistake
                wrong.extend(details(error, wire))
        if wrong:
            raise InvalidRequest(f"Invalid query: {'; '.join(f'{d.field}: {d.message}' for d in wrong)}", wrong)
        return cls(**found)


def query_fields(cls: type) -> tuple[tuple[str, str, Any], ...]:
    """Return (attribute, documented parameter name, annotation) of a query class.

    The documented name is the field's ``wire`` metadata, else its camelCase.
    """
    return _query_fields(typing.cast("typing.Hashable", cls))


@functools.cache
def _query_fields(cls: Any) -> tuple[tuple[str, str, Any], ...]:
    # Resolving annotations takes longer than reading a whole query string does.
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple((field.name, field.metadata.get("wire", camel(field.name)), hints[field.name]) for field in attrs.fields(cls))


def patch_of(cls: type, *, without: Iterable[str] = (), name: str | None = None) -> type:
    """Return the input class for a PATCH of what `cls` creates: every field optional, absent fields `UNSET` (R16).

    An explicit null is possible where the field allows ``None``.
    """
    hints = typing.get_type_hints(cls, include_extras=True)
    left_out = set(without)
    fields = {
        field.name: attrs.field(type=hints[field.name] | msgspec.UnsetType, default=UNSET, kw_only=True, metadata=field.metadata)
        for field in attrs.fields(cls)
        if field.name not in left_out
    }
    return attrs.make_class(name or cls.__name__.removesuffix("Input") + "Changes", fields, frozen=True, slots=True)


def given(changes: Any) -> dict[str, Any]:
    """Return the fields of a PATCH input that were present, by attribute name."""
    return {f.name: value for f in attrs.fields(type(changes)) if (value := getattr(changes, f.name)) is not UNSET}


def details(error: BaseException, path: str = "") -> list[Detail]:
    """Return what a structuring error says, one detail per field, with camelCase paths such as ``items[0].unitPrice``."""
    if isinstance(error, IterableValidationError):
        noted, rest = error.group_exceptions()
        return [d for e, note in noted for d in details(e, f"{path}[{note.index}]")] + _all(rest, path)
    if isinstance(error, ClassValidationError):
        noted_fields, rest = error.group_exceptions()
        found = [d for e, note in noted_fields for d in details(e, _join(path, camel(note.name)))]
        return found + [d for e in rest for d in details(e, path)]
    if isinstance(error, ForbiddenExtraKeysError):
        known = [camel(field.name) for field in attrs.fields(error.cl)]
        return [Detail(_join(path, key[:LONGEST_KEY]), _unknown(key, known)) for key in sorted(error.extra_fields)[:MOST_MISTAKES]]
    if isinstance(error, KeyError):
        return [Detail(path, REQUIRED)]
    if isinstance(error, InvalidRequest):
        return [Detail(path, error.message)]
    return [Detail(path, str(error) if isinstance(error, ValueError | TypeError) else "Not a valid value")]


def _all(errors: Iterable[BaseException], path: str) -> list[Detail]:
    return [d for error in errors for d in details(error, path)]


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(camel(snake(key)), known, n=1, cutoff=0.7) if len(key) <= LONGEST_KEY else []
    return f"Unknown field; did you mean {near[0]}?" if near else "Unknown field"


def _strict_converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=True, forbid_extra_keys=True)
    for simple, hook in _STRICT.items():
        converter.register_structure_hook(simple, hook)
    converter.register_structure_hook_func(functools.partial(operator.is_, Any), lambda value, _: value)
    converter.register_structure_hook_factory(_is(Annotated), functools.partial(_annotated, converter))
    converter.register_structure_hook_factory(_is(Literal), _literal)
    converter.register_structure_hook_factory(_is_optional, functools.partial(_optional, converter))
    converter.register_structure_hook_factory(_is(list, tuple), functools.partial(_list, converter))
    converter.register_structure_hook_factory(_is(dict), functools.partial(_dict, converter))
    converter.register_structure_hook_factory(lambda t: isinstance(t, type) and attrs.has(t), functools.partial(_class, converter))
    return converter


def _is(*origins: Any) -> Callable[[Any], bool]:
    return lambda annotation: annotation in origins or typing.get_origin(annotation) in origins


def _class(converter: cattrs.Converter, cls: type) -> Callable[[Any, Any], Any]:
    attrs.resolve_types(cls, include_extras=True)
    names: dict[str, Any] = {field.name: override(rename=camel(field.name)) for field in attrs.fields(cls)}
    fill: Callable[[Any, Any], Any] = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **names)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise Wrong("Must be an object")
        return fill(value, cls)

    return structure


def _annotated(converter: cattrs.Converter, annotation: Any) -> Callable[[Any, Any], Any]:
    base, *extras = typing.get_args(annotation)
    inner = converter.get_structure_hook(base)
    checks = [_constraints(extra) if isinstance(extra, Meta) else extra.check for extra in extras if isinstance(extra, Meta | Rule)]

    def structure(value: Any, _: Any) -> Any:
        value = inner(value, base)
        for check in checks:
            value = check(value)
        return value

    return structure


def _constraints(meta: Meta) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if meta.min_length is not None and len(value) < meta.min_length:
            raise Wrong("Must not be empty" if meta.min_length == 1 else f"Must have at least {meta.min_length} {_unit(value)}")
        if meta.max_length is not None and len(value) > meta.max_length:
            raise Wrong(f"Must have at most {meta.max_length} {_unit(value)}")
        if meta.ge is not None and value < meta.ge:
            raise Wrong(f"Must be at least {meta.ge}")
        if meta.gt is not None and value <= meta.gt:
            raise Wrong(f"Must be greater than {meta.gt}")
        if meta.le is not None and value > meta.le:
            raise Wrong(f"Must be at most {meta.le}")
        if meta.lt is not None and value >= meta.lt:
            raise Wrong(f"Must be less than {meta.lt}")
        if meta.pattern is not None and not re.search(meta.pattern, value):
            raise Wrong(f"Must match {meta.pattern}")
        return value

    return check


def _unit(value: Any) -> str:
    return "characters" if isinstance(value, str) else "items"


def _literal(annotation: Any) -> Callable[[Any, Any], Any]:
    choices = typing.get_args(annotation)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise Wrong(f"Must be one of {', '.join(map(str, choices))}")
        return value

    return structure


def _is_optional(annotation: Any) -> bool:
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return False
    return any(member in (type(None), msgspec.UnsetType) for member in typing.get_args(annotation))


def _optional(converter: cattrs.Converter, annotation: Any) -> Callable[[Any, Any], Any]:
    members = [m for m in typing.get_args(annotation) if m is not msgspec.UnsetType]
    nullable = type(None) in members
    rest = [m for m in members if m is not type(None)]
    inner_type = rest[0] if len(rest) == 1 else typing.Union[tuple(rest)]  # noqa: UP007 - made from a tuple
    inner = converter.get_structure_hook(inner_type)

    def structure(value: Any, _: Any) -> Any:
        if value is None:
            if nullable:
                return None
            raise Wrong("Must not be null")
        return inner(value, inner_type)

    return structure


def _list(converter: cattrs.Converter, annotation: Any) -> Callable[[Any, Any], Any]:
    make = tuple if annotation is tuple or typing.get_origin(annotation) is tuple else list
    item_type = (typing.get_args(annotation) or (Any,))[0]
    inner = converter.get_structure_hook(item_type)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, list):
            raise Wrong("Must be an array")
        items, wrong = [], []
        for index, item in enumerate(value):
            try:
                items.append(inner(item, item_type))
            except Exception as error:  # noqa: BLE001 - gathered and raised together
                error.__notes__ = [cattrs.IterableValidationNote(f"item {index}", index, item_type)]
                wrong.append(error)
                if len(wrong) == MOST_MISTAKES:
                    break
        if wrong:
            raise IterableValidationError("items", wrong, annotation)
        return make(items)

    return structure


def _dict(converter: cattrs.Converter, annotation: Any) -> Callable[[Any, Any], Any]:
    item_type = (typing.get_args(annotation) or (str, Any))[1]
    inner = None if item_type is Any else converter.get_structure_hook(item_type)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise Wrong("Must be an object")
        return dict(value) if inner is None else {key: inner(item, item_type) for key, item in value.items()}

    return structure


def _text(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise Wrong("Must be a string")
    check_text(value)
    return value


def _integer(value: Any, _: Any) -> int:
    # JSON Schema calls 84.0 an integer, and so do JSON writers that know only doubles.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise Wrong("Must be an integer")
    return int(value)


def _decimal(value: Any, _: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Wrong("Must be a number")
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _float(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Wrong("Must be a number")
    return float(value)


def _boolean(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("Must be true or false")
    return value


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})")


def _date(value: Any, _: Any) -> dt.date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise Wrong("Must be a date such as 2026-05-15")


def _timestamp(value: Any, _: Any) -> dt.datetime:
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
    raise Wrong("Must be a date and time with its offset, such as 2026-04-20T17:00:00Z")


_STRICT: dict[Any, Callable[[Any, Any], Any]] = {
    str: _text,
    int: _integer,
    float: _float,
    bool: _boolean,
    Decimal: _decimal,
    dt.date: _date,
    dt.datetime: _timestamp,
}


def _from_text(annotation: Any, text: str) -> Any:
    """Return a query value as the JSON value its annotation expects."""
    kind = annotation
    since = False
    while True:
        origin = typing.get_origin(kind)
        if origin is Annotated:
            since = since or any(isinstance(extra, Rule) and extra.name == "since" for extra in typing.get_args(kind))
            kind = typing.get_args(kind)[0]
        elif origin in (typing.Union, types.UnionType):
            kind = next(member for member in typing.get_args(kind) if member is not type(None))
        else:
            break
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind is int:
        return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text
    if since and _DATE.fullmatch(text):
        return text + "T00:00:00Z"
    return text
