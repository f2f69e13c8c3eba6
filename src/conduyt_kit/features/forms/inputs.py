"""What the endpoints take."""

import re
from typing import Annotated, Any

import attrs
from msgspec import UNSET, Meta, UnsetType

from conduyt_kit.features.forms.entities import FormFieldType
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Email, Id, LongText, Name, Rule

READ_ONLY = frozenset({"id", "submissionCount", "createdAt", "updatedAt"})
"""What a fetched form has that is not to be changed; accepted and dropped, so that it can be sent back (A5)."""

MOST_FIELDS = 50
MOST_OPTIONS = 200
MOST_MAILED = 10

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][\x21-\x7e]*)?", re.IGNORECASE)


def _key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise ValueError("Must be a letter and then up to 59 letters a-z, digits, dashes and underscores")
    return value


def _redirect(value: str) -> str:
    # It stands in a header and, by its origin, in a content security policy, so it may hold nothing that ends either.
    if not _ADDRESS.fullmatch(value):
        raise ValueError("Must be a web address that starts with https:// or http://, with other than ASCII characters percent-encoded")
    return value


FieldKey = Annotated[str, Rule("field_key", _key, {"pattern": "^[A-Za-z][A-Za-z0-9_-]{0,59}$"})]
RedirectUrl = Annotated[str, Meta(max_length=2000), Rule("redirect", _redirect, {"format": "uri"})]


@attrs.frozen(kw_only=True)
class FieldInput:
    """One field of a form; a select needs options."""

    key: FieldKey
    label: Name
    type: FormFieldType
    required: bool = False
    options: Annotated[list[Name], Meta(max_length=MOST_OPTIONS, description="What a select offers")] | None = None


@attrs.frozen(kw_only=True)
class SettingsInput:
    """Settings of a form; on a change those that are given replace, and null clears."""

    redirect_url: Annotated[RedirectUrl, Meta(description="Where the browser goes after a submission")] | UnsetType | None = UNSET
    notify_emails: (
        Annotated[list[Email], Meta(max_length=MOST_MAILED, description="Addresses that are mailed each submission")] | UnsetType | None
    ) = UNSET
    auto_tag: Annotated[Name, Meta(description="Tag name to apply")] | UnsetType | None = UNSET
    assign_to: Annotated[Id, Meta(description="User ID")] | UnsetType | None = UNSET


@attrs.frozen(kw_only=True)
class FormInput:
    """A new form."""

    name: Annotated[Name, Meta(description="Form name (internal label)")]
    description: Annotated[LongText, Meta(description="Description of the form's purpose")] | None = None
    fields: Annotated[list[FieldInput], Meta(min_length=1, max_length=MOST_FIELDS, description="Array of field definitions")]
    settings: Annotated[SettingsInput, Meta(description="redirectUrl, notifyEmails, autoTag, assignTo")] | None = None


FormChanges = patch_of(FormInput)


@attrs.frozen(kw_only=True)
class FormQuery(PageQuery):
    search: Annotated[str, Meta(description="Search by form name")] | None = None


@attrs.frozen(kw_only=True)
class SubmissionInput:
    """What somebody submits."""

    data: Annotated[dict[str, Any], Meta(description="Key-value pairs matching the form's field keys. Required fields must be present.")]
