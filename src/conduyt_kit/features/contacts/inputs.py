"""What the endpoints take."""

from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.tags import TagNames
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Email, Id, Name, Phone, Rule, ShortText, Since

READ_ONLY = frozenset({"id", "createdAt", "updatedAt"})
"""What a fetched contact has that is not to be changed; accepted and dropped, so that it can be sent back (A5)."""

MaybeEmptyName = Annotated[str, Meta(max_length=200), Rule("stripped", str.strip)]


@attrs.frozen(kw_only=True)
class ContactInput:
    """A new contact."""

    first_name: Annotated[Name, Meta(description="Contact first name")]
    last_name: Annotated[Name, Meta(description="Contact last name")]
    email: Annotated[Email, Meta(description="Email address")] | None = None
    phone: Annotated[Phone, Meta(description="Phone number (E.164 format)")] | None = None
    company: Annotated[ShortText, Meta(description="Company name")] | None = None
    company_id: Annotated[Id, Meta(description="Id of the company to link; found by the company's name when omitted")] | None = None
    source: Annotated[ShortText, Meta(description="Lead source (e.g., website, referral, ad)")] | None = None
    tags: Annotated[TagNames, Meta(description="Array of tag names to apply")] | None = None
    assigned_to: Annotated[Id, Meta(description="User ID to assign this contact to")] | None = None
    custom_fields: Annotated[dict[str, Any], Meta(description="Values of custom fields by key")] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class _Changeable(ContactInput):
    # A contact from a form or an import may have one name only; such a record can be sent back as it was read (A5).
    last_name: MaybeEmptyName


ContactChanges = patch_of(_Changeable, name="ContactChanges")


@attrs.frozen(kw_only=True)
class AddedTags:
    """Tags to add to a contact."""

    tags: Annotated[TagNames, Meta(min_length=1, description="Tag names to add")]


@attrs.frozen(kw_only=True)
class ContactQuery(PageQuery):
    """The documented filters; all that are given must hold (R12)."""

    search: Annotated[str, Meta(description="Search by name, email, or phone")] | None = None
    tag: Annotated[str, Meta(description="Filter by tag name")] | None = None
    source: Annotated[str, Meta(description="Filter by lead source")] | None = None
    assigned_to: Annotated[str, Meta(description="Filter by assigned user ID")] | None = attrs.field(
        default=None, metadata={"wire": "assigned_to"}
    )
    created_after: Annotated[Since, Meta(description="Contacts created at this time or after it")] | None = attrs.field(
        default=None, metadata={"wire": "created_after"}
    )
    created_before: Annotated[Since, Meta(description="Contacts created before this time")] | None = attrs.field(
        default=None, metadata={"wire": "created_before"}
    )
