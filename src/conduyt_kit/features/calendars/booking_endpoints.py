"""Booking links (X15): their administration, and what anybody may call."""

from typing import Any

import attrs

from conduyt_kit.features.auth.pages import FORM, HEADERS, form_fields
from conduyt_kit.features.calendars.booking_links import PAGE, BookingLinks, located_link
from conduyt_kit.features.calendars.booking_page import TRAP, Offer, booked_page, booking_form, unknown_page
from conduyt_kit.features.calendars.endpoints import DEFAULT_RANGE, SECTION, asked_range
from conduyt_kit.features.calendars.entities import BOOKING_LINK, Appointment, BookingLink, Calendar
from conduyt_kit.features.calendars.inputs import AvailabilityQuery, BookingInput, BookingLinkInput
from conduyt_kit.features.calendars.service import Calendars
from conduyt_kit.features.calendars.views import (
    AppointmentView,
    BookingLinkView,
    BookingOffer,
    appointment_view,
    link_view,
    slot_view,
)
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import Decoder
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing, Reply
from conduyt_kit.kernel.errors import ConduytError, NotFound, ValidationFailed
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_LABELS = {"startTime": "The time", "name": "Your name", "email": "Your email", "phone": "Your phone number", "notes": "Your notes"}


def list_links(call: Call[PageQuery, None]) -> Listing:
    calendar, links = call.unit[Calendars].get(call.path["id"]), call.unit[BookingLinks]
    condition = where(calendar_id=calendar.id)
    return list_records(call, BOOKING_LINK, lambda found: link_view(found.record, calendar, links.url(found.record)), condition)


def create_link(call: Call[None, BookingLinkInput]) -> BookingLinkView:
    links = call.unit[BookingLinks]
    made = links.create(call.path["id"], **attrs.asdict(call.body))
    return link_view(made, call.unit[Calendars].get(made.calendar_id), links.url(made))


def delete_link(call: Call[None, None]) -> None:
    call.unit[BookingLinks].delete(call.path["id"], call.path["linkId"])


def show_offer(call: Call[AvailabilityQuery, None]) -> BookingOffer:
    unit, link = _opened(call)
    calendar = unit[Calendars].get(link.calendar_id)
    start, end = asked_range(call.query, unit.now)
    return BookingOffer(
        title=link.title,
        timezone=calendar.timezone,
        slot_duration=link.minutes(calendar),
        slots=[slot_view(slot) for slot in unit[BookingLinks].offered(link, calendar, start, end)],
    )


def book(call: Call[None, BookingInput]) -> AppointmentView:
    unit, link = _opened(call)
    return appointment_view(unit[BookingLinks].book(link, **attrs.asdict(call.body)))


def show_page(call: Call[Any, None]) -> Reply:
    try:
        return _page(booking_form(_offer(*_opened(call))))
    except NotFound:
        return _page(unknown_page(), status=404)


def submit_page(call: Call[None, dict[str, str]]) -> Reply:
    typed = call.body
    try:
        unit, link = _opened(call)
    except NotFound:
        return _page(unknown_page(), status=404)
    try:
        booked = _booked(unit, link, typed)
    except ConduytError as error:
        if error.status >= 500:
            raise
        # The answer is a page and no error to the responder, so what was begun must be undone here.
        unit.rollback()
        call.units.clear()
        return _page(booking_form(_offer(*_opened(call)), given=typed, wrong=_sentence(error)), status=error.status)
    return _page(booked_page(_about(unit, link, unit[Calendars].get(link.calendar_id)), booked.start_time, booked.end_time))


def _booked(unit: UnitOfWork, link: BookingLink, typed: dict[str, str]) -> Appointment:
    if typed.get(TRAP):
        # Told no more than that the form was not taken, a program does not learn which field gave it away.
        raise ValidationFailed("The form could not be read; please try again")
    body = Decoder().body(BookingInput, {name: typed[name] for name in _LABELS if typed.get(name)})
    booked = unit[BookingLinks].book(link, **attrs.asdict(body))
    unit.flush()
    return booked


def _opened(call: Call[Any, Any]) -> tuple[UnitOfWork, BookingLink]:
    located = located_link(call.environment, call.path["slug"])
    return call.open(located.workspace), located.record


def _offer(unit: UnitOfWork, link: BookingLink) -> Offer:
    calendar = unit[Calendars].get(link.calendar_id)
    slots = unit[BookingLinks].offered(link, calendar, unit.now, unit.now + DEFAULT_RANGE)
    return attrs.evolve(_about(unit, link, calendar), slots=tuple(slots))


def _about(unit: UnitOfWork, link: BookingLink, calendar: Calendar) -> Offer:
    return Offer(
        host=unit[Workspaces].settings().name,
        title=link.title,
        minutes=link.minutes(calendar),
        timezone=calendar.timezone,
        action=PAGE.replace(":slug", link.slug),
        slots=(),
    )


def _sentence(error: ConduytError) -> str:
    if not (isinstance(error, ValidationFailed) and error.details):
        return error.message
    detail = error.details[0]
    if detail.message == "Required":
        return f"{_LABELS.get(detail.field, detail.field)} is missing."
    return f"{_LABELS.get(detail.field, detail.field)}: {detail.message[:1].lower()}{detail.message[1:]}."


def _page(body: bytes, *, status: int = 200) -> Reply:
    return Reply(status=status, body=body, headers=HEADERS)


BOOKING_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/calendars/:id/booking-links",
        section=SECTION,
        summary="List the booking links of a calendar.",
        operation=list_links,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=BookingLinkView,
        query=PageQuery,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/calendars/:id/booking-links",
        section=SECTION,
        summary="Create a booking link: a public address under which anybody books a free slot.",
        operation=create_link,
        scope=Scope.WRITE,
        reply=BookingLinkView,
        status=201,
        body=BookingLinkInput,
        errors=(404, 422),
        extension=True,
    ),
    Endpoint(
        method="DELETE",
        path="/calendars/:id/booking-links/:linkId",
        section=SECTION,
        summary="Delete a booking link. What was booked with it stays.",
        operation=delete_link,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="GET",
        path="/booking/:slug",
        section=SECTION,
        summary="The free slots behind a booking link.",
        operation=show_offer,
        scope=None,
        reply=BookingOffer,
        query=AvailabilityQuery,
        errors=(404,),
        extension=True,
        limit="120/minute",
        cross_origin=True,
    ),
    Endpoint(
        method="POST",
        path="/booking/:slug",
        section=SECTION,
        summary="Book one of the free slots behind a booking link.",
        operation=book,
        scope=None,
        reply=AppointmentView,
        status=201,
        body=BookingInput,
        errors=(404, 409, 422),
        extension=True,
        limit="20/minute",
        cross_origin=True,
    ),
    Endpoint(
        method="GET",
        path=PAGE,
        root="",
        section=SECTION,
        summary="The page on which people book a free slot.",
        operation=show_page,
        scope=None,
        envelope=Envelope.RAW,
        errors=(404,),
        extension=True,
        limit="120/minute",
    ),
    Endpoint(
        method="POST",
        path=PAGE,
        root="",
        section=SECTION,
        summary="Book the slot chosen on the page.",
        operation=submit_page,
        scope=None,
        envelope=Envelope.RAW,
        accepts={FORM: form_fields},
        errors=(404, 409, 422),
        extension=True,
        limit="20/minute",
    ),
)
