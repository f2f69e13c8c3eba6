"""The documented endpoints of calls, and the delete of X12."""

import datetime as dt
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.calls.entities import CALL, CallStatus, Direction, PhoneCall
from conduyt_kit.features.calls.service import Calls
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given, patch_of
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import Compare, Loaded, Op, both, where
from conduyt_kit.kernel.values import Id, LongText, Since, Timestamp

SECTION = "Calls"
READ_ONLY = frozenset({"id", "contact", "userId", "user", "endedAt", "createdAt", "updatedAt"})

Seconds = Annotated[int, Meta(ge=0, le=30 * 86_400, description="Call duration in seconds")]


@attrs.frozen(kw_only=True)
class CallInput:
    """A call to log, in the caller's name."""

    contact_id: Id
    direction: Direction
    status: CallStatus
    duration: Seconds | None = None
    notes: LongText | None = None
    started_at: Annotated[Timestamp, Meta(description="When the call started (defaults to now)")] | None = None


CallChanges = patch_of(CallInput)


@attrs.frozen(kw_only=True)
class CallQuery(PageQuery):
    contact_id: Annotated[str, Meta(description="Filter by contact ID")] | None = None
    user_id: Annotated[str, Meta(description="Filter by user who made or received the call")] | None = None
    direction: Annotated[Direction, Meta(description="Filter by direction: inbound, outbound")] | None = None
    status: Annotated[CallStatus, Meta(description="Filter by status: completed, missed, voicemail, no_answer")] | None = None
    after: Annotated[Since, Meta(description="Calls after this date")] | None = None
    before: Annotated[Since, Meta(description="Calls before this date")] | None = None


@attrs.frozen(kw_only=True)
class CalledContact:
    first_name: str
    last_name: str


@attrs.frozen(kw_only=True)
class CallingUser:
    name: str | None


@attrs.frozen(kw_only=True)
class CallView:
    """A call as the API shows it, with the names of both sides (R146)."""

    id: str
    contact_id: str
    contact: CalledContact | None
    user_id: str | None
    user: CallingUser | None
    direction: Direction
    status: CallStatus
    duration: int | None
    notes: str | None
    started_at: dt.datetime
    ended_at: dt.datetime | None
    created_at: dt.datetime


def view(found: Loaded[PhoneCall]) -> CallView:
    call, contact = found.record, found.related.get("contact_id")
    return CallView(
        id=call.id,
        contact_id=call.contact_id,
        contact=CalledContact(first_name=contact.first_name, last_name=contact.last_name) if contact else None,
        user_id=call.user_id,
        user=CallingUser(name=call.user_name) if call.user_name else None,
        direction=call.direction,
        status=call.status,
        duration=call.duration,
        notes=call.notes,
        started_at=call.started_at,
        ended_at=call.ended_at,
        created_at=call.created_at,
    )


def list_calls(call: Call[CallQuery, None]) -> Listing:
    asked = call.query
    equal = {name: getattr(asked, name) for name in ("contact_id", "user_id", "direction", "status")}
    condition = both(
        where(**call.unit.canonical_refs(CALL, {name: value for name, value in equal.items() if value is not None})),
        Compare("started_at", Op.GE, asked.after) if asked.after else None,
        Compare("started_at", Op.LT, asked.before) if asked.before else None,
    )
    return list_records(call, CALL, view, condition, include=("contact_id",))


def create_call(call: Call[None, CallInput]) -> CallView:
    calls = call.unit[Calls]
    return view(calls.get(calls.create(**attrs.asdict(call.body)).id))


def get_call(call: Call[None, None]) -> CallView:
    return view(call.unit[Calls].get(call.path["id"]))


def update_call(call: Call[None, Any]) -> CallView:
    calls = call.unit[Calls]
    return view(calls.get(calls.update(call.path["id"], given(call.body)).id))


def delete_call(call: Call[None, None]) -> None:
    call.unit[Calls].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/calls",
        section=SECTION,
        summary="List all logged calls with optional filters.",
        operation=list_calls,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=CallView,
        query=CallQuery,
    ),
    Endpoint(
        method="POST",
        path="/calls",
        section=SECTION,
        summary="Log a new call. It appears in the contact's timeline.",
        operation=create_call,
        scope=Scope.WRITE,
        reply=CallView,
        status=201,
        body=CallInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/calls/:id",
        section=SECTION,
        summary="Retrieve a single call log entry by ID.",
        operation=get_call,
        scope=Scope.READ,
        reply=CallView,
        errors=(404,),
        entity="call",
    ),
    Endpoint(
        method="PATCH",
        path="/calls/:id",
        section=SECTION,
        summary="Update a call log entry, to add notes or correct the status.",
        operation=update_call,
        scope=Scope.WRITE,
        reply=CallView,
        body=CallChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="call",
    ),
    Endpoint(
        method="DELETE",
        path="/calls/:id",
        section=SECTION,
        summary="Delete a call log entry.",
        operation=delete_call,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="call",
    ),
)
