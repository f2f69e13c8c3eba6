"""What both drivers of the reference application share: rows into JSON, new rows out of bodies."""

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

NAMES = ("id", "firstName", "lastName", "email", "phone", "company", "source")
PAGE = 50


class NewContact(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a creation."""

    first_name: str
    last_name: str
    email: str | None = None
    phone: str | None = None
    source: str | None = None
    custom_fields: dict[str, Any] = {}


class ContactPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a change."""

    source: str | None


def second(value: Any) -> str:
    """Return a point in time to the second, from SQLite's text or PostgreSQL's datetime."""
    text = value if isinstance(value, str) else value.isoformat()
    return f"{text[:19]}Z"


def shown(row: Sequence[Any], tags: Any) -> dict[str, Any]:
    """Return a contact as the API shows it; the row begins with `statements.SHOWN`."""
    found = dict(zip(NAMES, row, strict=False))
    found["tags"] = msgspec.json.decode(tags) if isinstance(tags, str) else tags
    found["assignedTo"] = row[7]
    found["createdAt"], found["updatedAt"] = second(row[8]), second(row[9])
    return found


def new_id(prefix: str) -> str:
    """Return an id for an activity or event."""
    return prefix + secrets.token_hex(12)


def new_contact_id() -> str:
    """Return an id for a contact."""
    return str(uuid.uuid4())


def now() -> dt.datetime:
    """Return the present."""
    return dt.datetime.now(dt.UTC)


def search_text(body: NewContact) -> str:
    """Return what a contact is searched by."""
    return "\n".join(part.casefold() for part in (f"{body.first_name} {body.last_name}", body.email, body.phone) if part)


def created(body: NewContact, id_: str, at: Any) -> dict[str, Any]:
    """Return a contact just made as the API shows it."""
    return {
        "id": id_, "firstName": body.first_name, "lastName": body.last_name, "email": body.email, "phone": body.phone, "company": None,
        "source": body.source, "tags": [], "assignedTo": None, "createdAt": second(at), "updatedAt": second(at),
        "customFields": body.custom_fields,
    }  # fmt: skip
