import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.email_sequences.sending_times import due_at, within_window
from conduyt_kit.features.workspaces import SendingWindow, Workspace
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.email_sequences.drip import add_person, add_sequence, enroll, enrollments, messages, pass_time, subjects
from tests.features.records import WORKSPACE
from tests.features.sales import found, refused

WORKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"]
EVERY_DAY = [*WORKDAYS, "saturday", "sunday"]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def office(zone: str, start: str = "09:00", end: str = "17:00", days: Any = WORKDAYS) -> Workspace:
    now = at("2026-01-01")
    window = SendingWindow(days=list(days), start=start, end=end)
    return Workspace(id="w", name="W", currency="USD", timezone=zone, sending_window=window, created_at=now, updated_at=now)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2026-03-13T09:00", "2026-03-13T09:00"),
        ("2026-03-13T16:59", "2026-03-13T16:59"),
        ("2026-03-13T17:00", "2026-03-16T09:00"),
        ("2026-03-14T12:00", "2026-03-16T09:00"),
        ("2026-03-16T08:59", "2026-03-16T09:00"),
        ("2026-03-16T23:00", "2026-03-17T09:00"),
    ],
)
def test_time_outside_the_window_moves_to_its_next_opening(asked: str, expected: str) -> None:
    assert within_window(at(asked), office("UTC")) == at(expected)


def test_window_is_in_the_zone_of_the_workspace() -> None:
    assert within_window(at("2026-03-16T09:00"), office("America/New_York")) == at("2026-03-16T13:00")
    assert within_window(at("2026-03-16T03:00"), office("Asia/Tokyo")) == at("2026-03-16T03:00")


def test_opening_that_the_clocks_skip_in_spring_is_put_right_or_left_out() -> None:
    before = at("2026-03-29T00:30")

    assert within_window(before, office("Europe/Berlin", "02:30", "04:00", EVERY_DAY)) == at("2026-03-29T01:30")
    assert within_window(before, office("Europe/Berlin", "02:00", "03:00", EVERY_DAY)) == at("2026-03-30T00:00")


def test_hour_that_comes_twice_in_autumn_is_open_both_times() -> None:
    night = office("Europe/Berlin", "02:00", "03:00", EVERY_DAY)

    assert within_window(at("2026-10-25T00:15"), night) == at("2026-10-25T00:15")
    assert within_window(at("2026-10-25T01:15"), night) == at("2026-10-25T01:15")
    assert within_window(at("2026-10-25T02:00"), night) == at("2026-10-26T01:00")


def test_days_are_24_hours_without_a_window_and_local_days_with_one() -> None:
    enrolled = at("2026-03-27T09:00")

    assert due_at(enrolled, 3, None) == at("2026-03-30T09:00")
    assert due_at(enrolled, 3, office("Europe/Berlin")) == at("2026-03-30T08:00")


def test_steps_wait_for_the_window(api: Api, kit: Kit, clock: FrozenClock) -> None:
    found(kit, WORKSPACE)
    clock.move_to(at("2026-03-13T16:00"))
    window = {"days": WORKDAYS, "start": "09:00", "end": "17:00"}
    assert api.patch("/workspace", {"timezone": "Europe/Berlin", "sendingWindow": window}).body["data"]["sendingWindow"] == window
    sequence = add_sequence(api, 0, 1)

    enroll(api, sequence, add_person(api))

    assert enrollments(api, sequence)[0]["nextEmailAt"] == "2026-03-16T08:00:00Z"
    pass_time(kit, clock, 4, step=dt.timedelta(hours=1))
    assert [message.created_at for message in messages(kit)] == [at("2026-03-16T08:00"), at("2026-03-16T08:00")]


def test_step_that_comes_late_waits_for_the_next_opening(api: Api, kit: Kit, clock: FrozenClock) -> None:
    found(kit, WORKSPACE)
    clock.move_to(at("2026-03-16T10:00"))
    api.patch("/workspace", {"sendingWindow": {"days": WORKDAYS, "start": "09:00", "end": "17:00"}})
    sequence = add_sequence(api, 1)
    enroll(api, sequence, add_person(api))

    pass_time(kit, clock, 1.5, step=dt.timedelta(days=1.5))
    assert (subjects(kit), enrollments(api, sequence)[0]["nextEmailAt"]) == ([], "2026-03-18T09:00:00Z")
    pass_time(kit, clock, 1, step=dt.timedelta(hours=1))
    assert subjects(kit) == ["Step 1, Mira"]


@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"days": [], "start": "09:00", "end": "17:00"}, "sendingWindow.days"),
        ({"days": ["mon"], "start": "09:00", "end": "17:00"}, "sendingWindow.days[0]"),
        ({"days": ["monday"], "start": "9", "end": "17:00"}, "sendingWindow.start"),
        ({"days": ["monday"], "start": "09:00", "end": "09:00"}, "sendingWindow.end"),
        ({"days": ["monday"], "start": "09:00"}, "sendingWindow.end"),
    ],
)
def test_window_that_makes_no_sense_is_refused(api: Api, kit: Kit, window: dict[str, Any], field: str) -> None:
    found(kit, WORKSPACE)

    assert refused(api.patch("/workspace", {"sendingWindow": window})) == (422, [field])
    assert api.get("/workspace").body["data"]["sendingWindow"] is None
