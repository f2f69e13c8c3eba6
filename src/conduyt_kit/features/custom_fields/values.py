"""What a value of each type of custom field may be (R67, R68)."""

import contextlib
import datetime as dt
import math
import re
from collections.abc import Callable
from typing import Any

from conduyt_kit.features.custom_fields.entities import CustomField, FieldType

LONGEST_TEXT = 10_000


def check(field: CustomField, value: Any) -> Any:
    """Return the value as it is kept.

    Raises:
        ValueError: the value does not fit the field's type or options; the text says what would.
    """
    return _CHECKS[field.type](field, value)


def _text(_: CustomField, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Must be a string")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"Must have at most {LONGEST_TEXT} characters")
    return value


def _number(_: CustomField, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("Must be a number")
    return value


def _date(_: CustomField, value: Any) -> str:
    # `fromisoformat` alone would also take weeks and dates without dashes.
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(value).isoformat()
    raise ValueError("Must be a date such as 2026-05-15")


def _select(field: CustomField, value: Any) -> str:
    options = field.options or []
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"Must be one of {', '.join(options)}")
    return value


def _multi_select(field: CustomField, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("Must be an array of options")
    return list(dict.fromkeys(_select(field, item) for item in value))


def _boolean(_: CustomField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Must be true or false")
    return value


_CHECKS: dict[FieldType, Callable[[CustomField, Any], Any]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "select": _select,
    "multi_select": _multi_select,
    "boolean": _boolean,
}
