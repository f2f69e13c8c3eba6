"""What the endpoints show."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.features.contacts.entities import Contact
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class ContactSummary:
    """A contact in a list; `tags` are names (A16)."""

    id: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    company: str | None
    source: str | None
    tags: list[str]
    assigned_to: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class ContactDetail(ContactSummary):
    """A single contact (R15)."""

    custom_fields: dict[str, Any]


def summary(found: Loaded[Contact]) -> ContactSummary:
    return ContactSummary(**_shared(found))


def detail(found: Loaded[Contact]) -> ContactDetail:
    return ContactDetail(**_shared(found), custom_fields=found.record.custom_fields)


def _shared(found: Loaded[Contact]) -> dict[str, Any]:
    contact = found.record
    return {
        "id": contact.id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": contact.email,
        "phone": contact.phone,
        "company": contact.company,
        "source": contact.source,
        "tags": [tag.name for tag in found.related["tags"]],
        "assigned_to": contact.assigned_to,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }
