import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

import icalendar
import pytest

from conduyt_kit.features.calendars.feed import FEED_PURPOSE
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.endpoints import Reply
from conduyt_kit.ports.signed_links import SIGNED_LINKS
from tests.features.calendars.office import add_calendar, appoint
from tests.features.calls import Api


@pytest.fixture
def calendar(api: Api) -> str:
    return add_calendar(api, name="Sales, etc.", timezone="America/New_York")


def feed_path(api: Api, calendar: str) -> str:
    status, body = api.get(f"/calendars/{calendar}/feed")
    assert (status, body["data"].keys()) == (200, {"url"})
    url = urlsplit(body["data"]["url"])
    assert (url.netloc, url.path) == ("127.0.0.1:8000", f"/api/v1/calendars/{calendar}/feed.ics")
    return f"{url.path}?{url.query}"


def read(api: Api, path: str) -> Reply:
    """Read a feed without a credential."""
    return Api(api.kit, "").send("GET", path, b"", {})


def events(api: Api, calendar: str) -> list[Any]:
    reply = read(api, feed_path(api, calendar))
    assert reply.status == 200
    return list(icalendar.Calendar.from_ical(reply.body).walk("VEVENT"))


def test_feed_is_a_calendar_that_programs_can_read(api: Api, calendar: str) -> None:
    made = appoint(api, calendar, "14:00", "14:30", title="Call; with, Sarah\\", notes="Line 1\nLine 2")

    reply = read(api, feed_path(api, calendar))

    document = icalendar.Calendar.from_ical(reply.body)
    assert reply.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (document["version"], document["x-wr-calname"], document["x-wr-timezone"]) == ("2.0", "Sales, etc.", "America/New_York")
    (event,) = document.walk("VEVENT")
    assert (event["uid"], event["summary"], event["description"]) == (f"{made['id']}@conduyt", "Call; with, Sarah\\", "Line 1\nLine 2")
    assert event.decoded("dtstart") == dt.datetime(2026, 3, 16, 14, tzinfo=dt.UTC)
    assert event.decoded("dtend") == dt.datetime(2026, 3, 16, 14, 30, tzinfo=dt.UTC)
    assert event.decoded("dtstamp") == dt.datetime(2026, 3, 15, 10, 30, tzinfo=dt.UTC)
    assert event["status"] == "CONFIRMED"


def test_cancelled_and_moved_appointments_keep_their_uid(api: Api, clock: FrozenClock, calendar: str) -> None:
    made = appoint(api, calendar, "14:00", "14:30")
    clock.advance(dt.timedelta(hours=1))
    api.patch(f"/calendars/{calendar}/appointments/{made['id']}", {"startTime": "2026-03-16T13:00:00Z", "status": "cancelled"})

    (event,) = events(api, calendar)

    assert (event["uid"], event["status"]) == (f"{made['id']}@conduyt", "CANCELLED")
    assert event.decoded("dtstart") == dt.datetime(2026, 3, 16, 13, tzinfo=dt.UTC)
    assert event.decoded("last-modified") == dt.datetime(2026, 3, 15, 11, 30, tzinfo=dt.UTC)


def test_feed_goes_90_days_back(api: Api, clock: FrozenClock, calendar: str) -> None:
    appoint(api, calendar, "14:00", "14:30", title="First")
    appoint(api, calendar, "15:00", "15:30", title="Second")
    clock.move_to(dt.datetime(2026, 3, 16, 14, 30, tzinfo=dt.UTC) + dt.timedelta(days=90))

    assert [str(event["summary"]) for event in events(api, calendar)] == ["Second"]


def test_feed_holds_no_other_calendar(api: Api, calendar: str) -> None:
    appoint(api, add_calendar(api), "14:00", "14:30")

    assert events(api, calendar) == []


def test_feed_needs_the_token_of_that_calendar(api: Api, other_api: Api, calendar: str) -> None:
    path = feed_path(api, calendar)
    bare, token = path.partition("?")[0], parse_qs(urlsplit(path).query)["token"][0]
    foreign = parse_qs(urlsplit(feed_path(other_api, add_calendar(other_api))).query)["token"][0]
    links = api.kit.provider(SIGNED_LINKS)
    wrong = [
        "",
        "token=",
        f"token={token[:-2]}",
        f"token={foreign}",
        f"token={links.token('invoice', workspace='ws_a', id=calendar)}",
        f"token={links.token(FEED_PURPOSE, workspace='ws_b', id=calendar)}",
        f"token={links.token(FEED_PURPOSE, workspace='ws_a', id=add_calendar(api))}",
    ]

    assert [read(api, f"{bare}?{query}").status for query in wrong] == [404] * len(wrong)
    assert Api(api.kit, "admin-ws_a").send("GET", bare, b"", {}).status == 404
    assert read(api, path).status == 200


def test_feed_ends_with_its_calendar(api: Api, calendar: str) -> None:
    path = feed_path(api, calendar)
    api.delete(f"/calendars/{calendar}")

    assert read(api, path).status == 404
