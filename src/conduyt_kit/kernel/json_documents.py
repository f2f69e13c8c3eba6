"""Reading JSON strictly: what a database cannot store, or what two readers would understand differently, is refused.

Refused, each with a sentence: invalid JSON, NaN and infinities, a key twice in an object, nesting deeper than 32, integers outside
64 bits, NUL characters and lone surrogates.
"""

import json
import math
from typing import Any

from conduyt_kit.kernel.errors import InvalidRequest

DEEPEST = 32
_LARGEST = 2**63 - 1
_SMALLEST = -(2**63)


def parse(document: bytes) -> Any:
    """Return the value of a JSON document.

    Raises:
        InvalidRequest: the document is not JSON, or holds something refused.
    """
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The body is not UTF-8") from error
    try:
        value = _DECODER.decode(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise InvalidRequest(f"The body is nested deeper than {DEEPEST} levels") from error
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    # Raw NUL and surrogates cannot be in valid UTF-8 JSON, only their escapes; most bodies have neither and need no walk.
    if document.count(b"[") + document.count(b"{") > DEEPEST or b"\\u" in document:
        _check(value, 1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidRequest(f"The key {_first_twice(pairs)[:100]!r} appears twice in one object")
    return found


def _first_twice(pairs: list[tuple[str, Any]]) -> str:
    # One pass: an object of many keys with one twice must not cost more than other bodies of its size.
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    return ""


def _constant(text: str) -> Any:
    raise InvalidRequest(f"{text} is not a JSON number")


def _integer(text: str) -> int:
    value = int(text) if len(text) <= 20 else _LARGEST + 1
    if not _SMALLEST <= value <= _LARGEST:
        raise InvalidRequest("An integer is outside 64 bits")
    return value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise InvalidRequest("A number is too large")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_number)


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict | list):
        if depth > DEEPEST:
            raise InvalidRequest(f"The body is nested deeper than {DEEPEST} levels")
        for item in value if isinstance(value, list) else value.values():
            _check(item, depth + 1)
        for key in value if isinstance(value, dict) else ():
            check_text(key)


def check_text(text: str) -> None:
    """Refuse text that no database takes.

    Raises:
        InvalidRequest: the text holds a NUL character or a lone surrogate.
    """
    if "\x00" in text:
        raise InvalidRequest("Text must not contain NUL characters")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidRequest("Text contains half of a surrogate pair") from error
