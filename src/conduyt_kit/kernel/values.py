"""Named value types for entities and inputs: a type, its constraints, and the rule that checks and normalises it.

They are ordinary annotations: ``Annotated[str, Meta(max_length=200)]`` constrains, a `Rule` checks and may normalise. Input
decoding enforces both; OpenAPI shows both.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

import attrs
import email_validator
import phonenumbers
from msgspec import Meta


@attrs.frozen(eq=False)
class Rule:
    """A check that a value of an input must pass.

    `check` gets the value (already of the right type), returns it normalised, or raises `ValueError` with a sentence that says
    what is wrong and what would be right. `schema` is merged into the JSON Schema of the field.
    """

    name: str
    check: Callable[[Any], Any]
    schema: Mapping[str, Any] = attrs.field(factory=dict)


def _not_blank(value: str) -> str:
    stripped = value.strip()
    if not stripped:
        raise ValueError("Must not be blank")
    return stripped


def _email(value: str) -> str:
    try:
        # Deliverability is a DNS question; a CRM must take addresses while offline and from private domains.
        checked = email_validator.validate_email(value.strip(), check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError as error:
        raise ValueError("Must be a valid email address") from error
    return checked.normalized


def _phone(value: str) -> str:
    compact = re.sub(r"[\s().\-]", "", value)
    message = "Must be a phone number in E.164 form, such as +14155552671"
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", compact):
        raise ValueError(message)
    try:
        parsed = phonenumbers.parse(compact)
    except phonenumbers.NumberParseException as error:
        raise ValueError(message) from error
    # "Possible" also includes numbers without their area code, which nobody abroad could dial.
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(message)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _color(value: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise ValueError("Must be a color such as #22F5A4")
    return value


def _url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", value, re.IGNORECASE):
        raise ValueError("Must be a web address that starts with https:// or http://")
    return value


def _time_zone(value: str) -> str:
    import zoneinfo

    if value not in zoneinfo.available_timezones():
        raise ValueError("Must be an IANA time zone, such as America/New_York")
    return value


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", value):
        raise ValueError("Must be a three-letter currency code, such as USD")
    return value.upper()


Name = Annotated[str, Meta(max_length=200), Rule("not_blank", _not_blank, {"minLength": 1})]
"""A short text that may not be blank; outer spaces are removed."""

ShortText = Annotated[str, Meta(max_length=500)]
LongText = Annotated[str, Meta(max_length=50_000)]

Id = Annotated[str, Meta(min_length=1, max_length=200)]
"""An opaque id; whether it exists is checked, its form never (A2)."""

Email = Annotated[str, Meta(max_length=254), Rule("email", _email, {"format": "email"})]
"""An e-mail address as typed, its domain normalised; compare with `ids.fold`."""

Phone = Annotated[str, Meta(max_length=40), Rule("phone", _phone, {"pattern": r"^\+[1-9][0-9 ().-]{6,38}$"})]
"""A phone number, kept in E.164 (R14); spaces, dots, dashes and brackets are removed."""

Url = Annotated[str, Meta(max_length=2000), Rule("url", _url, {"format": "uri"})]
Color = Annotated[str, Rule("color", _color, {"pattern": "^#[0-9A-Fa-f]{6}$"})]
TimeZone = Annotated[str, Rule("time_zone", _time_zone)]
Currency = Annotated[str, Rule("currency", _currency, {"pattern": "^[A-Za-z]{3}$"})]

Timestamp = Annotated[dt.datetime, Meta(tz=True)]
"""A point in time with its offset (RFC 3339), kept in UTC (A10)."""

Since = Annotated[dt.datetime, Rule("since", lambda value: value)]
"""In a query string: a date (meaning 00:00:00Z) or a date-time (A9)."""

Amount = Annotated[Decimal, Meta(ge=-1_000_000_000_000, le=1_000_000_000_000)]
"""A decimal number as given, without scaling (A11)."""
