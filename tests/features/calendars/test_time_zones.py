import datetime as dt
import itertools
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit import Kit
from conduyt_kit.features.calendars import Appointments, Calendar, Calendars, Window
from conduyt_kit.features.calendars.availability import covers, free_slots, slots, windows
from conduyt_kit.features.calendars.entities import WEEKDAYS, window_minutes
from conduyt_kit.kernel.errors import Conflict

QUARTER = dt.timedelta(minutes=15)
DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EDGES = 4
ZONES = sorted(zoneinfo.available_timezones() - {"localtime"})
ODD_ZONES = [
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Havana",
    "America/Santiago",
    "Europe/Dublin",
    "Asia/Beirut",
    "Pacific/Chatham",
    "America/Nuuk",
    "Antarctica/Troll",
]

quarters = st.integers(0, 96).map(lambda number: f"{number // 4:02}:{number % 4 * 15:02}")


@st.composite
def days(draw: st.DrawFn) -> list[Window]:
    """Draw windows of a day, on quarters of an hour; some touch."""
    times = sorted(draw(st.lists(quarters, min_size=2, max_size=6, unique=True)))
    pairs = list(itertools.pairwise(times))
    return [Window(start=start, end=end) for start, end in (pairs[::2] if draw(st.booleans()) else pairs)]


def edge(zone: str, number: int) -> dt.datetime:
    """Return the midnight in UTC before a change of the zone's clocks, or some day where they never change."""
    known = zoneinfo.ZoneInfo(zone)
    offsets = [(FIRST + DAY * day).astimezone(known).utcoffset() for day in range(800)]
    changes = [day for day in range(799) if offsets[day] != offsets[day + 1]]
    return FIRST + DAY * (changes[number] if number < len(changes) else 97 * number)


def calendar_of(zone: str, week: dict[str, list[Window]]) -> Calendar:
    return Calendar(id="cal", name="C", timezone=zone, slot_duration=15, availability=week, created_at=FIRST, updated_at=FIRST)


def is_open(calendar: Calendar, moment: dt.datetime) -> bool:
    """Whether the clock on the wall shows a time inside a window."""
    wall = moment.astimezone(zoneinfo.ZoneInfo(calendar.timezone))
    minutes = wall.hour * 60 + wall.minute
    spans = map(window_minutes, (calendar.availability or {}).get(WEEKDAYS[wall.weekday()], []))
    return any(start <= minutes < end for start, end in spans)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, EDGES - 1), st.lists(days(), min_size=7, max_size=7))
def test_windows_hold_exactly_the_local_hours_around_every_change_of_clocks(zone: str, number: int, week: list[list[Window]]) -> None:
    calendar = calendar_of(zone, dict(zip(WEEKDAYS, week, strict=True)))
    start = edge(zone, number) - DAY
    end = start + 3 * DAY

    found = windows(calendar, start, end)

    moments = [start + QUARTER * step for step in range(3 * 96)]
    assert [any(span.start <= moment < span.end for span in found) for moment in moments] == [is_open(calendar, at) for at in moments]
    assert all(earlier.end < later.start for earlier, later in itertools.pairwise(found))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, EDGES - 1), st.lists(days(), min_size=7, max_size=7), st.data())
def test_offered_slots_lie_inside_local_hours_and_apart(zone: str, number: int, week: list[list[Window]], data: st.DataObject) -> None:
    calendar = calendar_of(zone, dict(zip(WEEKDAYS, week, strict=True)))
    start = edge(zone, number) - DAY

    offered = list(slots(calendar, start, start + 3 * DAY, 15))

    assert all(is_open(calendar, slot.start) and is_open(calendar, slot.end - dt.timedelta(minutes=1)) for slot in offered)
    assert all(earlier.end <= later.start for earlier, later in itertools.pairwise(offered))
    assert list(free_slots(calendar, start, start + 3 * DAY, 15, offered)) == []
    if offered:
        slot = data.draw(st.sampled_from(offered))
        assert covers(calendar, slot.start, slot.end)
        assert list(slots(calendar, slot.start, slot.end, 15)) == [slot]
        left = [other for other in offered if other != slot]
        assert list(free_slots(calendar, start, start + 3 * DAY, 15, left)) == [slot]


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_every_offered_slot_can_be_booked_exactly_once(kit: Kit, zone: str) -> None:
    week = {day: [Window(start="00:30", end="03:15"), Window(start="23:00", end="24:00")] for day in WEEKDAYS}
    for number in range(EDGES):
        with kit.unit_of_work("ws_a") as unit:
            calendar = unit[Calendars].create(name="C", timezone=zone, slot_duration=15, availability=week)
            start = edge(zone, number)
            offered = unit[Calendars].free_slots(calendar, start, start + DAY)
            assert len(offered) > 4

            for slot in offered:
                unit[Appointments].create(calendar.id, title="A", start_time=slot.start, end_time=slot.end)
            for slot in offered:
                with pytest.raises(Conflict, match="Overlaps"):
                    unit[Appointments].create(calendar.id, title="B", start_time=slot.start, end_time=slot.end)

            assert unit[Calendars].free_slots(calendar, start, start + DAY) == []
