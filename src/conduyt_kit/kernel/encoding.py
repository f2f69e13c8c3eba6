"""Writing outputs as JSON: attrs classes in field order, camelCase names, timestamps in UTC to the second (A10).

An encoder is generated once per class. A field that is `msgspec.UNSET` is left out.
"""

import datetime as dt
import decimal
import typing
from collections.abc import Callable
from typing import Any

import attrs
import msgspec

from conduyt_kit.kernel.changes import plain
from conduyt_kit.kernel.entities import strip
from conduyt_kit.kernel.money import as_json_number
from conduyt_kit.kernel.naming import camel

ToJson = Callable[[Any], Any]


def timestamp(value: dt.datetime) -> str:
    """Return a point in time as the API shows it: ``2026-03-15T10:30:00Z``."""
    # strftime takes several times as long, and writes years before 1000 with fewer digits on some systems.
    # Nearly all are in UTC already: what storages return and units of work are opened at.
    return (value if value.tzinfo is dt.UTC else value.astimezone(dt.UTC)).isoformat()[:19] + "Z"


class Encoder:
    """Turns outputs into JSON values and bytes. One per kit; thread-safe."""

    def __init__(self) -> None:
        self._known: dict[Any, ToJson] = {}

    def to_bytes(self, value: Any, annotation: Any = None) -> bytes:
        """Return the JSON document of a value, by its annotation or its class."""
        return msgspec.json.encode(self.to_json(value, annotation))

    def to_json(self, value: Any, annotation: Any = None) -> Any:
        """Return the value as dicts, lists, strings and numbers."""
        return self.function(type(value) if annotation is None else annotation)(value)

    def function(self, annotation: Any) -> ToJson:
        """Return the function that encodes values of an annotation; generated at the first request for it."""
        try:
            return self._known[annotation]
        except (KeyError, TypeError):
            made = self._make(annotation)
            if isinstance(annotation, typing.Hashable):
                self._known[annotation] = made
            return made

    def _make(self, annotation: Any) -> ToJson:
        bare, nullable = strip(annotation)
        made = self._make_bare(bare)
        if nullable and made is not _same:
            return lambda value: None if value is None else made(value)
        return made

    def _make_bare(self, bare: Any) -> ToJson:
        simple: dict[Any, ToJson] = {
            dt.datetime: timestamp,
            dt.date: dt.date.isoformat,
            decimal.Decimal: as_json_number,
            str: _same,
            int: _same,
            bool: _same,
            float: _same,
        }
        origin = typing.get_origin(bare)
        if bare in simple:
            return simple[bare]
        if origin in (list, tuple):
            item = self.function(typing.get_args(bare)[0])
            return list if item is _same else lambda values: [item(value) for value in values]
        if origin is typing.Literal:
            return _same
        if isinstance(bare, type) and attrs.has(bare):
            return self._class(bare)
        return plain

    def _class(self, cls: type) -> ToJson:
        hints = typing.get_type_hints(cls, include_extras=True)
        scope: dict[str, Any] = {"UNSET": msgspec.UNSET}
        always: list[str] = []
        optional: list[str] = []
        for number, field in enumerate(attrs.fields(cls)):
            annotation, may_be_left_out = _without_unset(hints[field.name])
            # A class may hold itself; the field then encodes by the value's class at run time.
            scope[f"f{number}"] = self.to_json if annotation is cls else self.function(annotation)
            expression = f"o.{field.name}" if scope[f"f{number}"] is _same else f"f{number}(o.{field.name})"
            if may_be_left_out:
                optional.append(f"  if o.{field.name} is not UNSET: d[{camel(field.name)!r}] = {expression}")
            else:
                always.append(f"{camel(field.name)!r}: {expression}")
        lines = [f"def encode(o):\n  d = {{{', '.join(always)}}}", *optional, "  return d"]
        exec("\n".join(lines), scope)  # noqa: S102 - generated from a class definition, as attrs itself does
        return typing.cast("ToJson", scope["encode"])


def _without_unset(annotation: Any) -> tuple[Any, bool]:
    members = typing.get_args(annotation) if typing.get_origin(annotation) is not typing.Annotated else ()
    if msgspec.UnsetType not in members:
        return annotation, False
    rest = tuple(member for member in members if member is not msgspec.UnsetType)
    return rest[0] if len(rest) == 1 else typing.Union[rest], True  # noqa: UP007 - made from a tuple


def _same(value: Any) -> Any:
    return value
