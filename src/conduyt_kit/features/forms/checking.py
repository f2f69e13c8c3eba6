"""What may be submitted: required fields, values by type, and how much (R110, A36)."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from conduyt_kit.features.forms.entities import Form, FormField
from conduyt_kit.kernel.decoding import LONGEST_KEY, REQUIRED, Decoder
from conduyt_kit.kernel.errors import Detail, ValidationFailed
from conduyt_kit.kernel.values import Email

TRAP = "_hp"
"""The key that people do not see and that programs fill in. No field can have it: keys begin with a letter."""

MOST_KEYS = 100
LARGEST_VALUE = 10_240
"""Bytes of a value, as JSON."""

_PHONE = re.compile(r"[0-9+ ()./\-]{5,40}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")


def check(form: Form, data: Mapping[str, Any]) -> None:
    """Check submitted data against a form. Keys that the form does not have are no mistake.

    Raises:
        ValidationFailed: required values are missing, values do not fit, or there is too much; each on its key.
    """
    if data.get(TRAP):
        # Told no more than that the form was not taken, a program does not learn which field gave it away.
        raise ValidationFailed("The form could not be read; please try again")
    if len(data) > MOST_KEYS:
        raise ValidationFailed.on("data", f"Must have at most {MOST_KEYS} keys")
    wrong = [*_too_large(data), *(detail for field in form.fields for detail in _field(field, data.get(field.key)))]
    if wrong:
        raise ValidationFailed.of(wrong)


def is_blank(value: Any) -> bool:
    """Return whether a value says nothing: absent, null, or a text of nothing but spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def number_of(text: str) -> int | float | None:
    """Return the number that a text writes, or ``None``."""
    written = text.strip()
    if not _NUMBER.fullmatch(written):
        return None
    return float(written) if "." in written else int(written)


def _too_large(data: Mapping[str, Any]) -> Iterator[Detail]:
    for key, value in data.items():
        if len(key) > LONGEST_KEY:
            yield Detail(key[:LONGEST_KEY], f"A key must have at most {LONGEST_KEY} characters")
        elif len(msgspec.json.encode(value)) > LARGEST_VALUE:
            yield Detail(key, f"Must have at most {LARGEST_VALUE} bytes")


def _field(field: FormField, value: Any) -> Iterator[Detail]:
    if is_blank(value):
        if field.required:
            yield Detail(field.key, REQUIRED)
        return
    try:
        _CHECKS[field.type](field, value)
    except ValidationFailed as error:
        yield from error.details


def _text(field: FormField, value: Any) -> str:
    if not isinstance(value, str):
        raise ValidationFailed.on(field.key, "Must be a string")
    return value


def _email(field: FormField, value: Any) -> None:
    Decoder().value(Email, value, field.key)


def _phone(field: FormField, value: Any) -> None:
    text = _text(field, value).strip()
    if not _PHONE.fullmatch(text) or not 5 <= sum(map(str.isdigit, text)) <= 21:
        raise ValidationFailed.on(field.key, "Must be a phone number, such as +14155552671")


def _select(field: FormField, value: Any) -> None:
    options = field.options or []
    if _text(field, value) not in options:
        raise ValidationFailed.on(field.key, f"Must be one of {', '.join(options)}")


def _number(field: FormField, value: Any) -> None:
    # Scripts on other people's pages send what was typed as text.
    number = number_of(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValidationFailed.on(field.key, "Must be a number")


_CHECKS: dict[str, Callable[[FormField, Any], Any]] = {
    "text": _text,
    "textarea": _text,
    "email": _email,
    "phone": _phone,
    "select": _select,
    "number": _number,
}
