"""Values between Python and a database: one codec per field, chosen once, so that rows become records without further questions."""

import datetime as dt
import decimal
from collections.abc import Callable
from typing import Any

import attrs
import cattrs
import msgspec
from cattrs.preconf.msgspec import make_converter

from conduyt_kit.kernel.entities import FieldSpec, Kind, strip
from conduyt_kit.kernel.money import from_scaled, to_scaled

Convert = Callable[[Any], Any]


@attrs.frozen(kw_only=True)
class Codec:
    """How one field's values travel; ``None`` for a direction means that they travel as they are. Nulls never reach it.

    `decode` reads a column's value, `decode_json` the same value from inside a JSON document that the database built.
    """

    encode: Convert | None = None
    decode: Convert | None = None
    decode_json: Convert | None = None


def document_converter() -> cattrs.Converter:
    """Return a converter between JSON documents and what annotations say: nested classes, tuples, datetimes, decimals."""
    converter = make_converter(detailed_validation=False)
    converter.register_unstructure_hook(decimal.Decimal, str)
    converter.register_structure_hook(decimal.Decimal, lambda value, _: decimal.Decimal(str(value)))
    converter.register_structure_hook(dt.datetime, lambda value, _: _instant(value))
    return converter


def whole(value: int) -> int:
    """Return the number, which fits into 64 bits.

    Raises:
        ValueError: it does not.
    """
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} does not fit into 64 bits")
    return int(value)


def utc(value: dt.datetime) -> dt.datetime:
    """Return the instant in UTC.

    Raises:
        ValueError: it has no time zone, so it is no instant.
    """
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    return value.astimezone(dt.UTC)


def utc_text(value: dt.datetime) -> str:
    """Return the instant as text of fixed width, whose order is the order in time."""
    return utc(value).isoformat(timespec="microseconds").replace("+00:00", "Z")


def document_codec(field: FieldSpec, converter: cattrs.Converter) -> Codec:
    """Return the codec of a JSON field; inside a larger document the value has been parsed with it."""
    bare, _ = strip(field.annotation)
    plain = bare in (dict, list, Any) or bare == dict[str, Any] or bare == list[Any]

    def encode(value: Any) -> str:
        # Deterministic, so that equal documents are equal texts on SQLite.
        return msgspec.json.encode(converter.unstructure(value, unstructure_as=bare), order="deterministic").decode()

    def structure(value: Any) -> Any:
        return converter.structure(value, bare)

    def decode(value: str) -> Any:
        return structure(msgspec.json.decode(value))

    return Codec(encode=encode, decode=msgspec.json.decode if plain else decode, decode_json=None if plain else structure)


def decimal_codec(field: FieldSpec) -> Codec:
    """Return the codec of a decimal field: whole numbers of its last place."""
    places = field.options.places

    def encode(value: decimal.Decimal) -> int:
        return whole(to_scaled(value, places))

    def decode(value: Any) -> decimal.Decimal:
        return from_scaled(int(value), places)

    return Codec(encode=encode, decode=decode, decode_json=decode)


def _instant(value: Any) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else utc(dt.datetime.fromisoformat(value))


FLOAT = Codec(encode=float, decode=None, decode_json=float)

SQLITE: dict[Kind, Codec] = {
    Kind.TEXT: Codec(),
    Kind.INTEGER: Codec(encode=whole),
    Kind.FLOAT: FLOAT,
    Kind.BOOLEAN: Codec(encode=int, decode=bool, decode_json=bool),
    Kind.DATE: Codec(encode=dt.date.isoformat, decode=dt.date.fromisoformat, decode_json=dt.date.fromisoformat),
    Kind.TIMESTAMP: Codec(encode=utc_text, decode=dt.datetime.fromisoformat, decode_json=dt.datetime.fromisoformat),
}

POSTGRES: dict[Kind, Codec] = {
    Kind.TEXT: Codec(),
    Kind.INTEGER: Codec(encode=whole),
    Kind.FLOAT: FLOAT,
    Kind.BOOLEAN: Codec(),
    Kind.DATE: Codec(decode_json=dt.date.fromisoformat),
    Kind.TIMESTAMP: Codec(encode=utc, decode=utc, decode_json=_instant),
}
