import datetime as dt
from typing import Any

import pytest

from conduyt_kit.features.calendars.availability import Span, covers, free_slots, merged, slots, windows
from conduyt_kit.features.calendars.entities import Calendar, Window
from tests.features.calendars.office import add_calendar, appoint, starts, wrong
from tests.features.calls import Api

MONDAY = dt.datetime(2026, 3, 16, tzinfo=dt.UTC)
NEW_YORK_FORWARD = dt.datetime(2026, 3, 8, tzinfo=dt.UTC)
NEW_YORK_BACK = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def calendar(zone: str = "UTC", **days: str) -> Calendar:
    """Return a calendar with windows such as ``monday="09:00-12:00 13:00-17:00"``; always free without any."""
    week = {day: [Window(start=text[:5], end=text[6:]) for text in written.split()] for day, written in days.items()}
    return Calendar(id="cal", name="C", timezone=zone, availability=week or None, created_at=MONDAY, updated_at=MONDAY)


def at(day: dt.datetime, time: str) -> dt.datetime:
    hours, _, minutes = time.partition(":")
    return day + dt.timedelta(hours=int(hours), minutes=int(minutes))


def shown(spans: Any, day: dt.datetime) -> list[str]:
    """Return spans as hours and minutes from the start of a day in UTC."""

    def text(moment: dt.datetime) -> str:
        minutes = int((moment - day) / dt.timedelta(minutes=1))
        return f"{minutes // 60:02}:{minutes % 60:02}"

    return [f"{text(span.start)}-{text(span.end)}" for span in spans]


def test_windows_are_cut_to_the_range() -> None:
    found = windows(calendar(monday="09:00-12:00 13:00-17:00"), at(MONDAY, "10:00"), at(MONDAY, "16:00"))

    assert shown(found, MONDAY) == ["10:00-12:00", "13:00-16:00"]


def test_adjacent_windows_are_one_over_midnight_too() -> None:
    nights = calendar(monday="09:00-12:00 12:00-13:00 22:00-24:00", tuesday="00:00-02:00 03:00-04:00")

    assert shown(windows(nights, MONDAY, at(MONDAY, "48:00")), MONDAY) == ["09:00-13:00", "22:00-26:00", "27:00-28:00"]
    assert covers(nights, at(MONDAY, "23:00"), at(MONDAY, "25:30"))
    assert covers(nights, at(MONDAY, "11:30"), at(MONDAY, "12:30"))
    assert not covers(nights, at(MONDAY, "25:30"), at(MONDAY, "27:30"))


def test_day_without_windows_takes_nothing() -> None:
    closed = calendar(tuesday="09:00-17:00", monday="")

    assert windows(closed, MONDAY, at(MONDAY, "24:00")) == []
    assert not covers(closed, at(MONDAY, "09:00"), at(MONDAY, "10:00"))


def test_calendar_without_availability_is_always_free() -> None:
    assert covers(calendar(), MONDAY, at(MONDAY, "700:00"))
    assert shown(slots(calendar("America/New_York"), at(MONDAY, "03:30"), at(MONDAY, "06:30"), 60), MONDAY) == [
        "04:00-05:00",
        "05:00-06:00",
    ]


def test_slots_follow_each_other_from_the_start_of_each_window() -> None:
    week = calendar(monday="09:10-10:30 13:00-14:00")

    assert shown(slots(week, MONDAY, at(MONDAY, "24:00"), 30), MONDAY) == ["09:10-09:40", "09:40-10:10", "13:00-13:30", "13:30-14:00"]


@pytest.mark.parametrize("begin", ["09:00", "09:05", "09:39", "09:40"])
def test_slots_are_the_same_whatever_range_they_are_asked_for_in(begin: str) -> None:
    found = shown(slots(calendar(monday="09:10-10:30"), at(MONDAY, begin), at(MONDAY, "10:10"), 30), MONDAY)

    assert found == (["09:10-09:40", "09:40-10:10"] if begin < "09:10" else ["09:40-10:10"])


def test_slots_that_a_taken_time_overlaps_are_not_free() -> None:
    taken = [Span(at(MONDAY, "10:15"), at(MONDAY, "10:45")), Span(at(MONDAY, "09:00"), at(MONDAY, "09:30"))]

    found = free_slots(calendar(monday="09:00-12:00"), MONDAY, at(MONDAY, "24:00"), 30, taken)

    assert shown(found, MONDAY) == ["09:30-10:00", "11:00-11:30", "11:30-12:00"]


def test_merged_joins_what_touches_and_overlaps() -> None:
    spans = [
        Span(at(MONDAY, a), at(MONDAY, b)) for a, b in (("05:00", "06:00"), ("01:00", "04:00"), ("02:00", "03:00"), ("04:00", "05:00"))
    ]

    assert shown(merged(spans), MONDAY) == ["01:00-06:00"]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("00:00-05:00", ["05:00-09:00"]),
        ("01:00-02:30", ["06:00-07:00"]),
        ("02:15-02:45", []),
        ("02:30-05:00", ["07:00-09:00"]),
        ("03:00-05:00", ["07:00-09:00"]),
        ("09:00-17:00", ["13:00-21:00"]),
        ("00:00-24:00", ["05:00-28:00"]),
    ],
)
def test_hour_that_does_not_exist_takes_nothing(window: str, expected: list[str]) -> None:
    found = windows(calendar("America/New_York", sunday=window), NEW_YORK_FORWARD, at(NEW_YORK_FORWARD, "36:00"))

    assert shown(found, NEW_YORK_FORWARD) == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("00:00-05:00", ["04:00-10:00"]),
        ("01:00-02:00", ["05:00-07:00"]),
        ("00:00-01:30", ["04:00-05:30", "06:00-06:30"]),
        ("01:30-05:00", ["05:30-06:00", "06:30-10:00"]),
        ("01:15-01:45", ["05:15-05:45", "06:15-06:45"]),
        ("09:00-17:00", ["14:00-22:00"]),
        ("00:00-24:00", ["04:00-29:00"]),
    ],
)
def test_hour_that_comes_twice_is_inside_both_times(window: str, expected: list[str]) -> None:
    found = windows(calendar("America/New_York", sunday=window), NEW_YORK_BACK, at(NEW_YORK_BACK, "36:00"))

    assert shown(found, NEW_YORK_BACK) == expected


def test_slots_of_an_hour_that_comes_twice_are_offered_in_order() -> None:
    found = slots(calendar("America/New_York", sunday="01:00-01:30 01:30-02:00"), NEW_YORK_BACK, at(NEW_YORK_BACK, "24:00"), 30)

    assert shown(found, NEW_YORK_BACK) == ["05:00-05:30", "05:30-06:00", "06:00-06:30", "06:30-07:00"]


def test_day_that_a_zone_left_out_takes_nothing() -> None:
    friday = dt.datetime(2011, 12, 30, tzinfo=dt.UTC)
    found = windows(calendar("Pacific/Apia", friday="00:00-24:00"), friday - dt.timedelta(days=2), friday + dt.timedelta(days=2))

    assert found == []


def test_free_slots_are_listed_for_two_weeks_from_now(api: Api) -> None:
    id = add_calendar(api, availability={"sunday": [{"start": "09:00", "end": "12:00"}], "monday": [{"start": "09:00", "end": "10:00"}]})
    appoint(api, id, "09:00", "09:30")

    answer = api.get(f"/calendars/{id}/availability")

    assert answer.body.keys() == {"data"}
    assert answer.body["data"][0] == {"startTime": "2026-03-15T10:30:00Z", "endTime": "2026-03-15T11:00:00Z"}
    sundays = [f"2026-03-{day}T{time}:00Z" for day in ("15", "22") for time in ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")]
    assert starts(answer) == sorted([*sundays[3:], "2026-03-16T09:30:00Z", "2026-03-23T09:00:00Z", "2026-03-23T09:30:00Z", *LAST_SUNDAY])


LAST_SUNDAY = ["2026-03-29T09:00:00Z", "2026-03-29T09:30:00Z", "2026-03-29T10:00:00Z"]


def test_range_may_be_given_by_days(api: Api) -> None:
    id = add_calendar(api, slotDuration=720)

    found = starts(api.get(f"/calendars/{id}/availability?start=2026-03-01&end=2026-03-03"))

    assert found == ["2026-03-01T00:00:00Z", "2026-03-01T12:00:00Z", "2026-03-02T00:00:00Z", "2026-03-02T12:00:00Z"]


def test_cancelled_appointments_leave_their_slot_free(api: Api) -> None:
    id = add_calendar(api, slotDuration=720)
    made = appoint(api, id, "13:00", "14:00")
    path = f"/calendars/{id}/availability?start=2026-03-16&end=2026-03-17"
    assert starts(api.get(path)) == ["2026-03-16T00:00:00Z"]

    api.patch(f"/calendars/{id}/appointments/{made['id']}", {"status": "cancelled"})

    assert starts(api.get(path)) == ["2026-03-16T00:00:00Z", "2026-03-16T12:00:00Z"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start=2026-03-16&end=2026-03-16", "end"),
        ("end=2026-03-14", "end"),
        ("start=2026-03-16&end=2026-05-17T00:00:01Z", "end"),
        ("start=0001-01-01", "start"),
        ("end=9999-12-31", "end"),
        ("start=soon", "start"),
    ],
)
def test_unusable_range_is_refused(api: Api, query: str, field: str) -> None:
    assert wrong(api.get(f"/calendars/{add_calendar(api)}/availability?{query}")) == (400, "invalid_request", [field])


def test_longest_range_is_62_days(api: Api) -> None:
    assert api.get(f"/calendars/{add_calendar(api)}/availability?start=2026-03-16&end=2026-05-17").status == 200
