"""Who submitted a form, read from what was submitted (R109)."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from conduyt_kit.features.forms.checking import is_blank
from conduyt_kit.features.forms.entities import Form
from conduyt_kit.kernel.decoding import Decoder
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.values import Email, Phone

_LONGEST_NAME = 200


@attrs.frozen(kw_only=True)
class Submitter:
    """A person with an address; `others` are the values that say nothing of the below."""

    email: str
    first_name: str
    last_name: str
    phone: str | None
    others: dict[str, Any]


def submitter_of(form: Form, data: Mapping[str, Any]) -> Submitter | None:
    """Return who submitted checked data, or ``None`` where it has no valid email.

    The email is the first field of that type with a value, or else what came under the key ``email``; so is the phone number. A name is
    split at its first space; without ``name``, the keys ``firstName`` and ``lastName`` count. Nobody is without a first name: it is
    the address up to the @ where none came in.
    """
    email_key, email = _valued(form, data, "email", Email)
    if email is None:
        return None
    phone_key, phone = _valued(form, data, "phone", Phone)
    first, last = _names(data)
    used = {email_key, phone_key, *_NAME_KEYS}
    return Submitter(
        email=email,
        first_name=first or email.partition("@")[0][:_LONGEST_NAME],
        last_name=last,
        phone=phone,
        others={key: value for key, value in data.items() if key not in used and not is_blank(value)},
    )


_NAME_KEYS = ("name", "firstName", "lastName", "first_name", "last_name")


def _names(data: Mapping[str, Any]) -> tuple[str, str]:
    name, *parts = (_line(data.get(key)) for key in _NAME_KEYS)
    if name:
        first, _, last = name.partition(" ")
        return first[:_LONGEST_NAME], last[:_LONGEST_NAME]
    return (parts[0] or parts[2])[:_LONGEST_NAME], (parts[1] or parts[3])[:_LONGEST_NAME]


def _line(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _valued(form: Form, data: Mapping[str, Any], type_: str, annotation: Any) -> tuple[str, str | None]:
    """Return the key and the valid value of a type's first field with a value; without such a field, of the key of that name."""
    key = next((field.key for field in form.fields if field.type == type_ and not is_blank(data.get(field.key))), type_)
    return key, next(_valid(annotation, data.get(key)), None)


def _valid(annotation: Any, value: Any) -> Iterator[str]:
    try:
        yield Decoder().value(annotation, value, "")
    except ValidationFailed:
        return
