"""The documented endpoints of notes, and the delete of X12."""

import datetime as dt
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.notes.entities import NOTE, Content, Note
from conduyt_kit.features.notes.service import Notes
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given, patch_of
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.values import Id

SECTION = "Notes"
READ_ONLY = frozenset({"id", "createdBy", "createdAt", "updatedAt"})


@attrs.frozen(kw_only=True)
class NoteInput:
    """A new note, on a contact, a deal, both or neither (A41)."""

    content: Content
    contact_id: Id | None = None
    deal_id: Id | None = None


NoteChanges = patch_of(NoteInput)


@attrs.frozen(kw_only=True)
class NoteQuery(PageQuery):
    contact_id: Annotated[str, Meta(description="Filter notes for a specific contact")] | None = None
    deal_id: Annotated[str, Meta(description="Filter notes for a specific deal")] | None = None


@attrs.frozen(kw_only=True)
class NoteView:
    id: str
    content: str
    contact_id: str | None
    deal_id: str | None
    created_by: str | None
    created_at: dt.datetime


def view(note: Note) -> NoteView:
    return NoteView(**{field.name: getattr(note, field.name) for field in attrs.fields(NoteView)})


def list_notes(call: Call[NoteQuery, None]) -> Listing:
    asked = {name: getattr(call.query, name) for name in ("contact_id", "deal_id") if getattr(call.query, name) is not None}
    return list_records(call, NOTE, lambda found: view(found.record), where(**call.unit.canonical_refs(NOTE, asked)))


def create_note(call: Call[None, NoteInput]) -> NoteView:
    return view(call.unit[Notes].create(**attrs.asdict(call.body)))


def get_note(call: Call[None, None]) -> NoteView:
    return view(call.unit[Notes].get(call.path["id"]))


def update_note(call: Call[None, Any]) -> NoteView:
    return view(call.unit[Notes].update(call.path["id"], given(call.body)))


def delete_note(call: Call[None, None]) -> None:
    call.unit[Notes].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/notes",
        section=SECTION,
        summary="List notes, optionally filtered by contact or deal.",
        operation=list_notes,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=NoteView,
        query=NoteQuery,
    ),
    Endpoint(
        method="POST",
        path="/notes",
        section=SECTION,
        summary="Create a note on a contact or deal.",
        operation=create_note,
        scope=Scope.WRITE,
        reply=NoteView,
        status=201,
        body=NoteInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/notes/:id",
        section=SECTION,
        summary="Retrieve a single note by ID.",
        operation=get_note,
        scope=Scope.READ,
        reply=NoteView,
        errors=(404,),
        entity="note",
    ),
    Endpoint(
        method="PATCH",
        path="/notes/:id",
        section=SECTION,
        summary="Update note content.",
        operation=update_note,
        scope=Scope.WRITE,
        reply=NoteView,
        body=NoteChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="note",
    ),
    Endpoint(
        method="DELETE",
        path="/notes/:id",
        section=SECTION,
        summary="Delete a note.",
        operation=delete_note,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="note",
    ),
)
