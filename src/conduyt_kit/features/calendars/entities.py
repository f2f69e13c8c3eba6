"""The calendar, its appointments and its booking links."""

import datetime as dt
import re
from typing import Annotated, Literal

import attrs
from msgspec import Meta

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, NoOverlap, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, SET_NULL, ref, stored
from conduyt_kit.kernel.values import LongText, Name, Rule

AppointmentStatus = Literal["scheduled", "completed", "cancelled"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

LONGEST_APPOINTMENT = dt.timedelta(days=366)
DEFAULT_SLOT = 30

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def _time(value: str) -> str:
    if not _TIME.fullmatch(value):
        raise ValueError("Must be a time of day such as 09:00, at most 24:00")
    return value


TimeOfDay = Annotated[str, Rule("time_of_day", _time, {"pattern": f"^(?:{_TIME.pattern})$", "examples": ["09:00"]})]


@attrs.frozen(kw_only=True)
class Window:
    """A part of a day in which appointments may lie, in the calendar's local time; an `end` of 24:00 is the end of the day."""

    start: TimeOfDay
    end: TimeOfDay


Availability = dict[str, list[Window]]
"""The windows of each weekday (``monday`` to ``sunday``), in order; a day that is absent has none (A24)."""

SlotDuration = Annotated[int, Meta(ge=1, le=1440, description="Appointment duration in minutes (default: 30)")]


@attrs.frozen(kw_only=True)
class Calendar:
    """What appointments are made in. Without `availability` any time is free (A24)."""

    id: str
    name: Name
    timezone: str
    slot_duration: int = DEFAULT_SLOT
    availability: Availability | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


@attrs.frozen(kw_only=True)
class Appointment:
    """A claim on a calendar from `start_time` until just before `end_time`, to the second; only a scheduled one claims its time."""

    id: str
    calendar_id: str = attrs.field(metadata=stored(ref=ref("calendar", on_delete=CASCADE)))
    title: str
    start_time: dt.datetime
    end_time: dt.datetime
    contact_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("contact", on_delete=SET_NULL, timeline=True)))
    status: AppointmentStatus = "scheduled"
    notes: LongText | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


@attrs.frozen(kw_only=True)
class BookingLink:
    """A public address under which anybody can book a calendar's free slots; `slot_duration` replaces the calendar's."""

    id: str
    calendar_id: str = attrs.field(metadata=stored(ref=ref("calendar", on_delete=CASCADE)))
    title: str
    slug: str
    slot_duration: int | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))

    def minutes(self, calendar: Calendar) -> int:
        """Return how long what is booked here takes."""
        return self.slot_duration or calendar.slot_duration


CALENDAR: EntitySpec[Calendar] = entity(
    Calendar,
    name="calendar",
    new_id=ids.random_hex("cal_"),
    indexes=[("created_at",)],
    sort=("created_at",),
    sortable=("name", "updated_at"),
)

APPOINTMENT: EntitySpec[Appointment] = entity(
    Appointment,
    name="appointment",
    new_id=ids.sortable("appt_"),
    no_overlap=NoOverlap(
        start="start_time",
        end="end_time",
        within=("calendar_id",),
        only={"status": "scheduled"},
        message="The calendar has another appointment at that time",
    ),
    indexes=[
        ("calendar_id", "-created_at", "-id"),
        ("calendar_id", "start_time"),
        ("calendar_id", "status", "start_time"),
        ("contact_id", "-start_time"),
    ],
    sort=("-created_at",),
    sortable=("start_time", "end_time", "updated_at"),
)

TAKEN_SLUG = "Another booking link has this address"

BOOKING_LINK: EntitySpec[BookingLink] = entity(
    BookingLink,
    name="booking_link",
    new_id=ids.sortable("book_"),
    unique=[Unique(fields=("slug",), field="slug", message=TAKEN_SLUG)],
    indexes=[("calendar_id", "created_at")],
    locators=("slug",),
    sort=("created_at",),
)


def window_minutes(window: Window) -> tuple[int, int]:
    """Return a window's start and end in minutes since midnight."""
    return _minutes(window.start), _minutes(window.end)


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
