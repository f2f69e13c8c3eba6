"""The documented endpoints of contacts; those of the import are in `importing.endpoints`."""

import re
from typing import Any

import attrs

from conduyt_kit.features.contacts.entities import CONTACT
from conduyt_kit.features.contacts.inputs import READ_ONLY, AddedTags, ContactChanges, ContactInput, ContactQuery
from conduyt_kit.features.contacts.service import Contacts
from conduyt_kit.features.contacts.views import ContactDetail, ContactSummary, detail, summary
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.query import Compare, Op, Related, Where, both, where

SECTION = "Contacts"


def list_contacts(call: Call[ContactQuery, None]) -> Listing:
    wanted = call.query
    search = _as_dialled(wanted.search) if wanted.search else None
    return list_records(call, CONTACT, summary, _filters(wanted), search=search, include=("tags",))


def _filters(wanted: ContactQuery) -> Where:
    return both(
        Related("tags", where(name_key=ids.fold(wanted.tag))) if wanted.tag else None,
        where(source=wanted.source) if wanted.source else None,
        where(assigned_to=wanted.assigned_to) if wanted.assigned_to else None,
        Compare("created_at", Op.GE, wanted.created_after) if wanted.created_after else None,
        Compare("created_at", Op.LT, wanted.created_before) if wanted.created_before else None,
    )


def _as_dialled(text: str) -> str:
    """Return a number typed as ``+1 (415) 555`` in the form numbers are kept in; any other text as it is."""
    return re.sub(r"[\s().\-]", "", text) if re.fullmatch(r"\s*[+(][\s().\-]*\d[\d\s().\-]*", text) else text


def create_contact(call: Call[None, ContactInput]) -> ContactDetail:
    values = attrs.asdict(call.body, recurse=False)
    if values["company_id"] is None:
        del values["company_id"]
    return detail(call.unit[Contacts].create_loaded(**values))


def get_contact(call: Call[None, None]) -> ContactDetail:
    return detail(call.unit[Contacts].get(call.path["id"]))


def update_contact(call: Call[None, Any]) -> ContactDetail:
    return detail(call.unit[Contacts].update(call.path["id"], given(call.body)))


def delete_contact(call: Call[None, None]) -> None:
    call.unit[Contacts].delete(call.path["id"])


def add_tags(call: Call[None, AddedTags]) -> ContactDetail:
    return detail(call.unit[Contacts].add_tags(call.path["id"], call.body.tags))


def remove_tag(call: Call[None, None]) -> None:
    call.unit[Contacts].remove_tag(call.path["id"], call.path["tagId"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/contacts",
        section=SECTION,
        summary="List all contacts with optional filters and pagination.",
        operation=list_contacts,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=ContactSummary,
        query=ContactQuery,
    ),
    Endpoint(
        method="POST",
        path="/contacts",
        section=SECTION,
        summary="Create a new contact in the workspace.",
        operation=create_contact,
        scope=Scope.WRITE,
        reply=ContactDetail,
        status=201,
        body=ContactInput,
        errors=(409, 422),
    ),
    Endpoint(
        method="GET",
        path="/contacts/:id",
        section=SECTION,
        summary="Retrieve a single contact by ID, with custom fields and tags.",
        operation=get_contact,
        scope=Scope.READ,
        reply=ContactDetail,
        errors=(404,),
        entity="contact",
    ),
    Endpoint(
        method="PATCH",
        path="/contacts/:id",
        section=SECTION,
        summary="Update a contact. Only the given fields change; given tags replace the contact's tags.",
        operation=update_contact,
        scope=Scope.WRITE,
        reply=ContactDetail,
        body=ContactChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="contact",
    ),
    Endpoint(
        method="DELETE",
        path="/contacts/:id",
        section=SECTION,
        summary="Delete a contact and its notes, tasks, calls, messages and conversation for good.",
        operation=delete_contact,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        entity="contact",
    ),
    Endpoint(
        method="POST",
        path="/contacts/:id/tags",
        section=SECTION,
        summary="Add tags to a contact; tags that do not exist yet are created.",
        operation=add_tags,
        scope=Scope.WRITE,
        reply=ContactDetail,
        body=AddedTags,
    ),
    Endpoint(
        method="DELETE",
        path="/contacts/:id/tags/:tagId",
        section=SECTION,
        summary="Remove a tag, by its id or name, from a contact. The tag itself stays.",
        operation=remove_tag,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
    ),
)
