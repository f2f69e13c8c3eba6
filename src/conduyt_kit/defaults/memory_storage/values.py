"""What goes into the tables and comes out of them: checked, normalised, and shared with no caller."""

import datetime as dt
import decimal
import typing
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Any

import attrs
from cattrs.preconf.json import JsonConverter, make_converter

from conduyt_kit.kernel.entities import EntitySpec, FieldSpec, Kind, strip
from conduyt_kit.kernel.money import from_scaled, to_scaled

Change = Callable[[Any], Any]

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class Values:
    """Converts the field values of one entity.

    JSON values pass through real JSON, so that a test sees the same types after a read as with a database.
    """

    def __init__(self, spec: EntitySpec[Any], converter: JsonConverter) -> None:
        self._spec = spec
        self._into = {field.name: _into(field, converter) for field in spec.fields}
        self._out = tuple(field.name for field in spec.fields if field.kind is Kind.JSON)

    def record_in(self, record: Any) -> Any:
        """Return the record as it is to be stored.

        Raises:
            ValueError: a field cannot hold its value.
        """
        return _with(record, {name: into(getattr(record, name)) for name, into in self._into.items()})

    def fields_in(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the field values as they are to be stored.

        Raises:
            ValueError: a field cannot hold its value.
            SpecError: the entity has no such field.
        """
        return {name: self._into[self._spec.field(name).name](value) for name, value in values.items()}

    def record_out(self, record: Any) -> Any:
        """Return the stored record with JSON values of its own."""
        return _with(record, {name: _copy(getattr(record, name)) for name in self._out})

    def records_out(self, records: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(self.record_out(record) for record in records)


def json_converter() -> JsonConverter:
    """Return a converter that keeps decimals exact by writing them as text."""
    converter = make_converter()
    converter.register_unstructure_hook(decimal.Decimal, str)
    converter.register_structure_hook(decimal.Decimal, lambda value, _: decimal.Decimal(value))
    return converter


def _with(record: Any, values: Mapping[str, Any]) -> Any:
    changed = {name: value for name, value in values.items() if value is not getattr(record, name)}
    return attrs.evolve(record, **changed) if changed else record


def _into(field: FieldSpec, converter: JsonConverter) -> Change:
    change = _changes(field, converter).get(field.kind)

    def into(value: Any) -> Any:
        if value is not None:
            return change(value) if change else value
        if not field.nullable and not _holds_null(field):
            raise ValueError(f"{field.name} cannot be null")
        return None

    return into


def _holds_null(field: FieldSpec) -> bool:
    return strip(field.annotation)[0] is Any


def _changes(field: FieldSpec, converter: JsonConverter) -> dict[Kind, Change]:
    annotation = strip(field.annotation)[0]
    plain = typing.get_origin(annotation) or annotation

    def as_utc(value: dt.datetime) -> dt.datetime:
        if value.tzinfo is None:
            raise ValueError(f"{field.name} needs a time zone")
        return value.astimezone(dt.UTC)

    def as_integer(value: int) -> int:
        if not _SMALLEST <= value <= _LARGEST:
            raise ValueError(f"{field.name} does not fit in 64 bits")
        return value

    def as_decimal(value: decimal.Decimal) -> decimal.Decimal:
        scaled = to_scaled(value, field.options.places)
        return from_scaled(as_integer(scaled), field.options.places)

    def as_json(value: Any) -> Any:
        if not value and type(value) is plain:
            return plain()
        return converter.loads(converter.dumps(value, unstructure_as=annotation, allow_nan=False), annotation)

    return {Kind.TIMESTAMP: as_utc, Kind.INTEGER: as_integer, Kind.DECIMAL: as_decimal, Kind.JSON: as_json}


def _copy(value: Any) -> Any:
    if isinstance(value, (str, int, float, NoneType)):
        return value
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_copy(item) for item in value)
    if attrs.has(type(value)):
        return attrs.evolve(value, **{f.alias: _copy(getattr(value, f.name)) for f in attrs.fields(type(value)) if f.init})
    return value
