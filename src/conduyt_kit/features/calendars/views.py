"""What the endpoints show."""

import datetime as dt

import attrs

from conduyt_kit.features.calendars.availability import Span
from conduyt_kit.features.calendars.entities import Appointment, AppointmentStatus, BookingLink, Calendar, Window
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class CalendarView:
    id: str
    name: str
    timezone: str
    slot_duration: int
    availability: dict[str, list[Window]] | None
    created_at: dt.datetime


@attrs.frozen(kw_only=True)
class AppointmentView:
    """An appointment, in the documented order of keys."""

    id: str
    calendar_id: str
    title: str
    start_time: dt.datetime
    end_time: dt.datetime
    contact_id: str | None
    status: AppointmentStatus
    notes: str | None


@attrs.frozen(kw_only=True)
class SlotView:
    start_time: dt.datetime
    end_time: dt.datetime


@attrs.frozen(kw_only=True)
class BookingLinkView:
    """A booking link; `url` is its page for people, `slot_duration` what applies."""

    id: str
    calendar_id: str
    title: str
    slug: str
    url: str
    slot_duration: int
    created_at: dt.datetime


@attrs.frozen(kw_only=True)
class BookingOffer:
    """What anybody with the link sees."""

    title: str
    timezone: str
    slot_duration: int
    slots: list[SlotView]


@attrs.frozen(kw_only=True)
class FeedLink:
    """The address under which a calendar program subscribes to a calendar."""

    url: str


def calendar_view(calendar: Calendar) -> CalendarView:
    return CalendarView(**{field.name: getattr(calendar, field.name) for field in attrs.fields(CalendarView)})


def listed_calendar(found: Loaded[Calendar]) -> CalendarView:
    return calendar_view(found.record)


def appointment_view(appointment: Appointment) -> AppointmentView:
    return AppointmentView(**{field.name: getattr(appointment, field.name) for field in attrs.fields(AppointmentView)})


def listed_appointment(found: Loaded[Appointment]) -> AppointmentView:
    return appointment_view(found.record)


def slot_view(slot: Span) -> SlotView:
    return SlotView(start_time=slot.start, end_time=slot.end)


def link_view(link: BookingLink, calendar: Calendar, url: str) -> BookingLinkView:
    return BookingLinkView(
        id=link.id,
        calendar_id=link.calendar_id,
        title=link.title,
        slug=link.slug,
        url=url,
        slot_duration=link.minutes(calendar),
        created_at=link.created_at,
    )
