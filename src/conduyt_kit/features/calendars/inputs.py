"""What the endpoints take."""

import datetime as dt
import itertools
import re
from typing import Annotated, Any

import attrs
from msgspec import UNSET, Meta, UnsetType

from conduyt_kit.features.calendars.entities import WEEKDAYS, AppointmentStatus, SlotDuration, Window, window_minutes
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Email, Id, LongText, Name, Phone, Rule, Since, Timestamp, TimeZone

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,58}[a-z0-9])")


def _moment(value: dt.datetime) -> dt.datetime:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"Must be in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return value.replace(microsecond=0)


def _window(window: Window) -> Window:
    start, end = window_minutes(window)
    if start >= end:
        raise ValueError("The end must be after the start; a window over midnight is two, to 24:00 and from 00:00")
    return window


def _day(windows: list[Window]) -> list[Window]:
    ordered = sorted(windows, key=window_minutes)
    for earlier, later in itertools.pairwise(ordered):
        if window_minutes(later)[0] < window_minutes(earlier)[1]:
            raise ValueError(f"The windows {earlier.start}-{earlier.end} and {later.start}-{later.end} overlap")
    return ordered


def _slug(value: str) -> str:
    lowered = value.lower()
    if not _SLUG.fullmatch(lowered):
        raise ValueError("Must be 3 to 60 letters a-z, digits and dashes, with no dash at either end")
    return lowered


Moment = Annotated[Timestamp, Rule("moment", _moment)]
"""A point in time, to the second, as answers show it (A10)."""
MomentSince = Annotated[Since, Rule("moment", _moment)]
DayWindows = Annotated[list[Annotated[Window, Rule("window", _window)]], Meta(max_length=48), Rule("day", _day)]
Slug = Annotated[str, Rule("slug", _slug, {"pattern": r"^[A-Za-z0-9][A-Za-z0-9-]{1,58}[A-Za-z0-9]$"})]


@attrs.frozen(kw_only=True)
class Week:
    """The windows of each weekday, in the calendar's zone; a day that is absent has none (A24)."""

    monday: DayWindows | UnsetType = UNSET
    tuesday: DayWindows | UnsetType = UNSET
    wednesday: DayWindows | UnsetType = UNSET
    thursday: DayWindows | UnsetType = UNSET
    friday: DayWindows | UnsetType = UNSET
    saturday: DayWindows | UnsetType = UNSET
    sunday: DayWindows | UnsetType = UNSET

    def days(self) -> dict[str, list[Window]]:
        """Return the windows of the days that are given."""
        return {day: windows for day in WEEKDAYS if (windows := getattr(self, day)) is not UNSET}


@attrs.frozen(kw_only=True)
class CalendarInput:
    """A new calendar; without availability it is always free."""

    name: Annotated[Name, Meta(description="Calendar name")]
    timezone: Annotated[TimeZone, Meta(description="IANA timezone (e.g., America/New_York)")]
    slot_duration: SlotDuration | None = None
    availability: Annotated[Week, Meta(description="Weekly availability windows")] | None = None


CalendarChanges = patch_of(CalendarInput)


@attrs.frozen(kw_only=True)
class AppointmentInput:
    """A new appointment; it is scheduled."""

    title: Annotated[Name, Meta(description="Appointment title")]
    start_time: Annotated[Moment, Meta(description="Start date and time")]
    end_time: Annotated[Moment, Meta(description="End date and time")]
    contact_id: Annotated[Id, Meta(description="Link to a contact")] | None = None
    notes: Annotated[LongText, Meta(description="Appointment notes")] | None = None


@attrs.frozen(kw_only=True)
class _Appointment(AppointmentInput):
    status: AppointmentStatus


AppointmentChanges = patch_of(_Appointment, name="AppointmentChanges")


@attrs.frozen(kw_only=True)
class AppointmentQuery(PageQuery):
    start: Annotated[MomentSince, Meta(description="Start of date range")] | None = None
    end: Annotated[MomentSince, Meta(description="End of date range")] | None = None
    status: Annotated[AppointmentStatus, Meta(description="Filter: scheduled, completed, cancelled")] | None = None


@attrs.frozen(kw_only=True)
class AvailabilityQuery:
    """A range of time, from now for two weeks unless given."""

    start: Annotated[MomentSince, Meta(description="Start of date range (default: now)")] | None = None
    end: Annotated[MomentSince, Meta(description="End of date range (default: 14 days after the start, at most 62)")] | None = None


@attrs.frozen(kw_only=True)
class BookingLinkInput:
    """A new booking link; without a slug it gets one that nobody guesses."""

    title: Name
    slug: Slug | None = None
    slot_duration: SlotDuration | None = None


@attrs.frozen(kw_only=True)
class BookingInput:
    """A booking by anybody: one of the offered slots, by its start."""

    start_time: Moment
    name: Name
    email: Email
    phone: Phone | None = None
    notes: Annotated[str, Meta(max_length=2000)] | None = None


@attrs.frozen(kw_only=True)
class FeedQuery:
    token: Annotated[str, Meta(description="The token of the feed's link")] = ""


READ_ONLY_CALENDAR: frozenset[str] = frozenset({"id", "createdAt", "updatedAt"})
READ_ONLY_APPOINTMENT: frozenset[str] = frozenset({"id", "calendarId", "createdAt", "updatedAt"})


def calendar_values(given: dict[str, Any]) -> dict[str, Any]:
    """Return the given fields of a calendar's input as the service takes them."""
    week = given.get("availability")
    return {**given, "availability": week.days()} if isinstance(week, Week) else given
