"""When a calendar takes appointments: the one set of functions that offers times and that judges bookings.

Windows are local wall-clock times. A moment is inside a window when the clock on the wall of the calendar's zone shows a time of the
window at that moment. So where clocks go forward, the hour that does not exist takes nothing; where they go back, the hour that comes
twice is inside a window both times.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import attrs

from conduyt_kit.features.calendars.entities import WEEKDAYS, Calendar, Window, window_minutes

_DAY = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)
_ALWAYS = [Window(start="00:00", end="24:00")]

# No local day, and so no window, is as long as this; what a range is widened by to see the windows at its edges whole.
_MARGIN = 2 * _DAY


@attrs.frozen
class Span:
    """The time from `start` until just before `end`."""

    start: dt.datetime
    end: dt.datetime


def windows(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> list[Span]:
    """Return when the calendar takes appointments between two moments, in UTC; adjacent windows are one, over midnight too."""
    if calendar.availability is None:
        return [Span(start, end)] if start < end else []
    clipped = (Span(max(piece.start, start), min(piece.end, end)) for piece in _pieces(calendar, start, end))
    return merged(piece for piece in clipped if piece.start < piece.end)


def covers(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> bool:
    """Return whether an appointment of that time lies inside the calendar's windows as a whole."""
    return windows(calendar, start, end) == [Span(start, end)]


def slots(calendar: Calendar, start: dt.datetime, end: dt.datetime, minutes: int) -> Iterator[Span]:
    """Yield the slots of that many minutes that lie between two moments as a whole, earliest first.

    They follow each other from the start of each window (of each day, where the calendar is always free), so that a slot is the same
    whatever range it is asked for in. None crosses from one window into the next.
    """
    length = dt.timedelta(minutes=minutes)
    for piece in _pieces(calendar, start, end):
        at = piece.start + max(0, -((piece.start - start) // length)) * length
        last = min(piece.end, end) - length
        while at <= last:
            yield Span(at, at + length)
            at += length


def free_slots(calendar: Calendar, start: dt.datetime, end: dt.datetime, minutes: int, taken: Iterable[Span]) -> Iterator[Span]:
    """Yield those of `slots` that overlap none of the taken times."""
    busy = iter(merged(taken))
    blocking = next(busy, None)
    for slot in slots(calendar, start, end, minutes):
        while blocking is not None and blocking.end <= slot.start:
            blocking = next(busy, None)
        if blocking is None or slot.end <= blocking.start:
            yield slot


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that touch or overlap joined."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def _pieces(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> list[Span]:
    """Return every window that may touch a range, whole, in order; a window that clocks tear apart comes in parts."""
    zone = ZoneInfo(calendar.timezone)
    stretches = list(_stretches(zone, start - _MARGIN, end + _MARGIN))
    first = (stretches[0].start + _offset(zone, stretches[0].start)).date()
    last = (stretches[-1].end + _offset(zone, stretches[-1].end)).date()
    days = (first + number * _DAY for number in range((last - first).days + 1))
    pieces = (piece for day in days for window in _windows_of(calendar, day) for piece in merged(_parts(zone, stretches, day, window)))
    # Where clocks go back, an earlier window's second time comes after a later window's first.
    return sorted(pieces, key=lambda piece: piece.start)


def _parts(zone: ZoneInfo, stretches: list[Span], day: dt.date, window: Window) -> Iterator[Span]:
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    opens, closes = (midnight + dt.timedelta(minutes=minutes) for minutes in window_minutes(window))
    for stretch in stretches:
        if stretch.start - _DAY <= closes and opens - _DAY <= stretch.end:
            offset = _offset(zone, stretch.start)
            part = Span(max(opens - offset, stretch.start), min(closes - offset, stretch.end))
            if part.start < part.end:
                yield part


def _stretches(zone: ZoneInfo, start: dt.datetime, end: dt.datetime) -> Iterator[Span]:
    """Yield the parts of a range between which the zone's offset from UTC changes. Looks once a day: no zone changes more often."""
    begun = at = dt.datetime(start.year, start.month, start.day, tzinfo=dt.UTC)
    while at < end:
        following = at + _DAY
        if _offset(zone, at) != _offset(zone, following):
            change = _change(zone, at, following)
            yield Span(begun, change)
            begun = change
        at = following
    yield Span(begun, at)


def _change(zone: ZoneInfo, before: dt.datetime, after: dt.datetime) -> dt.datetime:
    old = _offset(zone, before)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle -= dt.timedelta(microseconds=middle.microsecond)
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, at: dt.datetime) -> dt.timedelta:
    return at.astimezone(zone).utcoffset() or dt.timedelta()


def _windows_of(calendar: Calendar, day: dt.date) -> list[Window]:
    return _ALWAYS if calendar.availability is None else calendar.availability.get(WEEKDAYS[day.weekday()], [])
