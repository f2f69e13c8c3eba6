"""A calendar as an iCalendar feed (RFC 5545), for calendar programs that subscribe to it by its signed link."""

import datetime as dt
from typing import TYPE_CHECKING

from conduyt_kit.features.calendars.entities import APPOINTMENT, Appointment, Calendar
from conduyt_kit.kernel.endpoints import API_ROOT
from conduyt_kit.kernel.query import Compare, Op, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.signed_links import SIGNED_LINKS

if TYPE_CHECKING:
    from icalendar import Event

FEED_PATH = "/calendars/:id/feed.ics"
FEED_PURPOSE = "calendar-feed"
DAYS_BACK = 90
MOST_APPOINTMENTS = 5000


def feed_url(unit: UnitOfWork, calendar: Calendar) -> str:
    """Return the address of a calendar's feed: who has it sees the appointments, until the calendar or the secret key is gone."""
    path = API_ROOT + FEED_PATH.replace(":id", calendar.id) + "?token={token}"
    return unit.provider(SIGNED_LINKS).url(path, FEED_PURPOSE, workspace=unit.context.workspace, id=calendar.id)


def feed_document(unit: UnitOfWork, calendar: Calendar) -> bytes:
    """Return the feed: the appointments of the last 90 days and to come, cancelled ones too, so that subscribers take them out."""
    import icalendar

    document = icalendar.Calendar()
    document.add("prodid", "-//Conduyt Kit//Calendars//EN")
    document.add("version", "2.0")
    document.add("method", "PUBLISH")
    document.add("x-wr-calname", calendar.name)
    document.add("x-wr-timezone", calendar.timezone)
    recent = both(where(calendar_id=calendar.id), Compare("start_time", Op.GE, unit.now - dt.timedelta(days=DAYS_BACK)))
    for appointment in unit.repository(APPOINTMENT).all(recent, sort=("start_time",), limit=MOST_APPOINTMENTS):
        document.add_component(_event(appointment))
    return bytes(document.to_ical())


def _event(appointment: Appointment) -> "Event":
    import icalendar

    event = icalendar.Event()
    event.add("uid", f"{appointment.id}@conduyt")
    event.add("dtstamp", appointment.updated_at)
    event.add("last-modified", appointment.updated_at)
    event.add("created", appointment.created_at)
    event.add("dtstart", appointment.start_time)
    event.add("dtend", appointment.end_time)
    event.add("summary", appointment.title)
    event.add("status", "CANCELLED" if appointment.status == "cancelled" else "CONFIRMED")
    if appointment.notes:
        event.add("description", appointment.notes)
    return event
