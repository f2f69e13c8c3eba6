"""The documented list of activities, and the timeline of a contact (X22)."""

from conduyt_kit.features.activities.inputs import ActivityQuery
from conduyt_kit.features.activities.service import Activities
from conduyt_kit.features.activities.views import ActivityView, TimelineEntry, timeline_entry, view
from conduyt_kit.kernel.audit import ACTIVITY
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.errors import NotFound
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import Where, both, where

SECTION = "Activities"


def list_activities(call: Call[ActivityQuery, None]) -> Listing:
    wanted = call.query
    condition = both(
        _concerning(call, wanted.entity_type, wanted.entity_id),
        where(action=wanted.action) if wanted.action else None,
        where(user_id=wanted.user_id) if wanted.user_id else None,
    )
    return list_records(call, ACTIVITY, view, condition)


def _concerning(call: Call[ActivityQuery, None], entity_type: str | None, entity_id: str | None) -> Where | None:
    if entity_id is None:
        return where(entity_type=entity_type) if entity_type else None
    return call.unit[Activities].concerning(entity_id, [entity_type] if entity_type else None)


def contact_timeline(call: Call[PageQuery, None]) -> Listing:
    contacts = call.unit.repository_named("contact")
    if contacts is None:
        raise NotFound.of("contact", call.path["id"])
    contact = contacts.get(call.path["id"])
    return list_records(call, ACTIVITY, timeline_entry, call.unit[Activities].concerning(contact.id, ["contact"]))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/activities",
        section=SECTION,
        summary="List activity entries, newest first.",
        operation=list_activities,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=ActivityView,
        query=ActivityQuery,
    ),
    Endpoint(
        method="GET",
        path="/contacts/:id/timeline",
        section=SECTION,
        summary="List everything that happened to a contact and what belongs to it, newest first.",
        operation=contact_timeline,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=TimelineEntry,
        query=PageQuery,
        errors=(404,),
        extension=True,
    ),
)
