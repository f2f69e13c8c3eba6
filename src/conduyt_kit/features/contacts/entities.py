"""The contact, and the link between contacts and their tags."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, ManyToMany, entity
from conduyt_kit.kernel.fields import CASCADE, SET_NULL, ref, stored
from conduyt_kit.kernel.values import Email, Phone, ShortText


@attrs.frozen(kw_only=True)
class Contact:
    """A person.

    `email_key` and `company_key` are the folded address and company text: by the one contacts are matched (R21), by the other they
    are linked to the company of that name (A20).
    """

    id: str
    first_name: str = attrs.field(metadata=stored(personal=True))
    last_name: str = attrs.field(metadata=stored(personal=True))
    email: Email | None = attrs.field(default=None, metadata=stored(personal=True))
    email_key: str | None = attrs.field(default=None, metadata=stored(hidden=True))
    phone: Phone | None = attrs.field(default=None, metadata=stored(personal=True))
    company: ShortText | None = None
    company_key: str | None = attrs.field(default=None, metadata=stored(hidden=True))
    company_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("company", on_delete=SET_NULL)))
    source: ShortText | None = None
    assigned_to: str | None = attrs.field(default=None, metadata=stored(ref=ref("user", on_delete=SET_NULL)))
    custom_fields: dict[str, Any] = attrs.field(factory=dict)
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


CONTACT: EntitySpec[Contact] = entity(
    Contact,
    name="contact",
    new_id=ids.uuid,
    indexes=[
        ("-created_at",),
        ("source", "-created_at"),
        ("assigned_to", "-created_at"),
        ("email_key", "created_at"),
        ("phone", "created_at"),
        ("company_key",),
        ("company_id", "-created_at"),
    ],
    search=[("first_name", "last_name"), "email", "phone"],
    relations=[ManyToMany(name="tags", entity="tag", link="contact_tag", here="contact_id", there="tag_id")],
    sort=("-created_at",),
    sortable=("updated_at", "first_name", "last_name", "email"),
    alias_prefix="con_",
)


@attrs.frozen(kw_only=True)
class ContactTag:
    """Says that a contact carries a tag."""

    contact_id: str = attrs.field(metadata=stored(ref=ref("contact", on_delete=CASCADE)))
    tag_id: str = attrs.field(metadata=stored(ref=ref("tag", on_delete=CASCADE)))


CONTACT_TAG: EntitySpec[ContactTag] = entity(
    ContactTag,
    name="contact_tag",
    key=("contact_id", "tag_id"),
    indexes=[("tag_id",)],
    events=False,
    audited=False,
    counted=False,
)
