"""The documented endpoints of calendars and appointments, single appointments (X13), free slots (X14) and the feed."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.features.calendars.appointments import Appointments, overlapping
from conduyt_kit.features.calendars.entities import APPOINTMENT, CALENDAR
from conduyt_kit.features.calendars.feed import FEED_PATH, FEED_PURPOSE, feed_document, feed_url
from conduyt_kit.features.calendars.inputs import (
    READ_ONLY_APPOINTMENT,
    READ_ONLY_CALENDAR,
    AppointmentChanges,
    AppointmentInput,
    AppointmentQuery,
    AvailabilityQuery,
    CalendarChanges,
    CalendarInput,
    FeedQuery,
    calendar_values,
)
from conduyt_kit.features.calendars.service import Calendars
from conduyt_kit.features.calendars.views import (
    AppointmentView,
    CalendarView,
    FeedLink,
    SlotView,
    appointment_view,
    calendar_view,
    listed_appointment,
    listed_calendar,
    slot_view,
)
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing, Reply
from conduyt_kit.kernel.errors import InvalidRequest, NotFound
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import both, where
from conduyt_kit.ports.signed_links import SIGNED_LINKS

SECTION = "Calendars"
DEFAULT_RANGE = dt.timedelta(days=14)
LONGEST_RANGE = dt.timedelta(days=62)


def list_calendars(call: Call[PageQuery, None]) -> Listing:
    return list_records(call, CALENDAR, listed_calendar)


def create_calendar(call: Call[None, CalendarInput]) -> CalendarView:
    return calendar_view(call.unit[Calendars].create(**calendar_values(attrs.asdict(call.body, recurse=False))))


def get_calendar(call: Call[None, None]) -> CalendarView:
    return calendar_view(call.unit[Calendars].get(call.path["id"]))


def update_calendar(call: Call[None, Any]) -> CalendarView:
    return calendar_view(call.unit[Calendars].update(call.path["id"], calendar_values(given(call.body))))


def delete_calendar(call: Call[None, None]) -> None:
    call.unit[Calendars].delete(call.path["id"])


def list_appointments(call: Call[AppointmentQuery, None]) -> Listing:
    asked, calendar = call.query, call.unit[Calendars].get(call.path["id"])
    condition = both(
        where(calendar_id=calendar.id, status=asked.status) if asked.status else where(calendar_id=calendar.id),
        overlapping(asked.start, asked.end),
    )
    return list_records(call, APPOINTMENT, listed_appointment, condition)


def create_appointment(call: Call[None, AppointmentInput]) -> AppointmentView:
    return appointment_view(call.unit[Appointments].create(call.path["id"], **attrs.asdict(call.body)))


def get_appointment(call: Call[None, None]) -> AppointmentView:
    return appointment_view(call.unit[Appointments].get(call.path["id"], call.path["appointmentId"]))


def update_appointment(call: Call[None, Any]) -> AppointmentView:
    return appointment_view(call.unit[Appointments].update(call.path["id"], call.path["appointmentId"], given(call.body)))


def delete_appointment(call: Call[None, None]) -> None:
    call.unit[Appointments].delete(call.path["id"], call.path["appointmentId"])


def list_free_slots(call: Call[AvailabilityQuery, None]) -> list[SlotView]:
    calendars = call.unit[Calendars]
    calendar = calendars.get(call.path["id"])
    start, end = asked_range(call.query, call.unit.now)
    return [slot_view(slot) for slot in calendars.free_slots(calendar, start, end)]


def asked_range(asked: AvailabilityQuery, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return the asked range of time.

    Raises:
        InvalidRequest: it is empty or longer than 62 days.
    """
    start = asked.start or now
    end = asked.end or start + DEFAULT_RANGE
    if end <= start:
        raise InvalidRequest.on("end", "Must be after start")
    if end - start > LONGEST_RANGE:
        raise InvalidRequest.on("end", f"Must be at most {LONGEST_RANGE.days} days after start")
    return start, end


def get_feed_link(call: Call[None, None]) -> FeedLink:
    return FeedLink(url=feed_url(call.unit, call.unit[Calendars].get(call.path["id"])))


def show_feed(call: Call[FeedQuery, None]) -> Reply:
    signed = call.environment.providers.provider(SIGNED_LINKS).read(call.query.token, FEED_PURPOSE)
    if signed.id != call.path["id"]:
        raise NotFound("This link is not valid")
    unit = call.open(signed.workspace)
    document = feed_document(unit, unit[Calendars].get(signed.id))
    headers = {"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff"}
    return Reply(body=document, headers=headers)


CALENDAR_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/calendars",
        section=SECTION,
        summary="List all calendars in the workspace.",
        operation=list_calendars,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=CalendarView,
        query=PageQuery,
    ),
    Endpoint(
        method="POST",
        path="/calendars",
        section=SECTION,
        summary="Create a new calendar with availability settings.",
        operation=create_calendar,
        scope=Scope.WRITE,
        reply=CalendarView,
        status=201,
        body=CalendarInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/calendars/:id",
        section=SECTION,
        summary="Retrieve calendar details and availability settings.",
        operation=get_calendar,
        scope=Scope.READ,
        reply=CalendarView,
        errors=(404,),
        entity="calendar",
    ),
    Endpoint(
        method="PATCH",
        path="/calendars/:id",
        section=SECTION,
        summary="Update calendar settings. Appointments made before stay.",
        operation=update_calendar,
        scope=Scope.WRITE,
        reply=CalendarView,
        body=CalendarChanges,
        ignored=READ_ONLY_CALENDAR,
        errors=(404, 422),
        entity="calendar",
    ),
    Endpoint(
        method="DELETE",
        path="/calendars/:id",
        section=SECTION,
        summary="Delete a calendar with its appointments and booking links.",
        operation=delete_calendar,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="calendar",
    ),
    Endpoint(
        method="GET",
        path="/calendars/:id/availability",
        section=SECTION,
        summary="List the free slots of a calendar in a range of time.",
        operation=list_free_slots,
        scope=Scope.READ,
        envelope=Envelope.LIST,
        reply=SlotView,
        query=AvailabilityQuery,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="GET",
        path="/calendars/:id/feed",
        section=SECTION,
        summary="Return the link of a calendar's iCalendar feed.",
        operation=get_feed_link,
        scope=Scope.READ,
        reply=FeedLink,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="GET",
        path=FEED_PATH,
        section=SECTION,
        summary="The iCalendar feed of a calendar, by its signed link.",
        operation=show_feed,
        scope=None,
        envelope=Envelope.RAW,
        query=FeedQuery,
        errors=(404,),
        extension=True,
        limit="120/minute",
    ),
)

APPOINTMENT_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/calendars/:id/appointments",
        section=SECTION,
        summary="List appointments for a calendar with optional date range filter.",
        operation=list_appointments,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=AppointmentView,
        query=AppointmentQuery,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/calendars/:id/appointments",
        section=SECTION,
        summary="Schedule a new appointment on a calendar.",
        operation=create_appointment,
        scope=Scope.WRITE,
        reply=AppointmentView,
        status=201,
        body=AppointmentInput,
        errors=(404, 409, 422),
    ),
    Endpoint(
        method="GET",
        path="/calendars/:id/appointments/:appointmentId",
        section=SECTION,
        summary="Retrieve a single appointment.",
        operation=get_appointment,
        scope=Scope.READ,
        reply=AppointmentView,
        errors=(404,),
        extension=True,
        entity="appointment",
    ),
    Endpoint(
        method="PATCH",
        path="/calendars/:id/appointments/:appointmentId",
        section=SECTION,
        summary="Move, complete, cancel or edit an appointment.",
        operation=update_appointment,
        scope=Scope.WRITE,
        reply=AppointmentView,
        body=AppointmentChanges,
        ignored=READ_ONLY_APPOINTMENT,
        errors=(404, 409, 422),
        extension=True,
        entity="appointment",
    ),
    Endpoint(
        method="DELETE",
        path="/calendars/:id/appointments/:appointmentId",
        section=SECTION,
        summary="Delete an appointment.",
        operation=delete_appointment,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="appointment",
    ),
)
