import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.calendars import BOOKING_LINK, BookingLink
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calendars.office import WORKDAYS, add_calendar, add_link, appoint, starts, stored, wrong
from tests.features.calls import Api
from tests.features.conftest import NOW
from tests.features.records import told


@pytest.fixture
def calendar(api: Api) -> str:
    return add_calendar(api, timezone="America/New_York", availability=WORKDAYS)


@pytest.fixture
def anybody(kit: Kit) -> Api:
    """Call the API without a credential."""
    return Api(kit, "")


def booking(start: str = "2026-03-16T13:00:00Z", **more: Any) -> dict[str, Any]:
    return {"startTime": start, "name": "Sarah Kim", "email": "sarah@example.org", **more}


def test_new_link_is_answered_as_agreed(api: Api, calendar: str) -> None:
    link = add_link(api, calendar, slug="Meet-Sarah", slotDuration=45)

    id = link.pop("id")
    assert id.startswith("book_")
    assert link == {
        "calendarId": calendar,
        "title": "Discovery Call",
        "slug": "meet-sarah",
        "url": "http://127.0.0.1:8000/b/meet-sarah",
        "slotDuration": 45,
        "createdAt": "2026-03-15T10:30:00Z",
    }
    assert api.get(f"/calendars/{calendar}/booking-links").body == {
        "data": [{"id": id, **link}],
        "meta": {"page": 1, "limit": 50, "total": 1, "totalPages": 1},
    }


@pytest.mark.parametrize(
    ("title", "beginning"), [("Erstgespräch & Kaffee", "erstgesprach-kaffee-"), ("日本", "meeting-"), ("x" * 200, "x" * 40 + "-")]
)
def test_link_without_slug_gets_one_that_nobody_guesses(api: Api, calendar: str, title: str, beginning: str) -> None:
    first, second = (add_link(api, calendar, title=title)["slug"] for _ in range(2))

    assert first != second
    assert first.startswith(beginning)
    assert len(first) == len(beginning) + 8


def test_slot_duration_is_the_calendars_unless_given(api: Api, calendar: str) -> None:
    assert add_link(api, calendar)["slotDuration"] == 30


@pytest.mark.parametrize("slug", ["ab", "a" * 61, "-abc", "abc-", "a_bc", "a bc", "a/b/c", "äbc", ""])
def test_slug_that_is_no_address_is_refused(api: Api, calendar: str, slug: str) -> None:
    answer = api.post(f"/calendars/{calendar}/booking-links", {"title": "Call", "slug": slug})

    assert wrong(answer) == (422, "validation_failed", ["slug"])
    assert api.get(f"/calendars/{calendar}/booking-links").body["data"] == []


def test_slug_is_free_only_once_across_workspaces(api: Api, other_api: Api, calendar: str) -> None:
    add_link(api, calendar, slug="meet-sarah")
    elsewhere = add_calendar(other_api)

    for asker, id in ((api, calendar), (other_api, elsewhere)):
        answer = asker.post(f"/calendars/{id}/booking-links", {"title": "Mine", "slug": "MEET-sarah"})
        assert wrong(answer) == (422, "validation_failed", ["slug"])

    assert other_api.get(f"/calendars/{elsewhere}/booking-links").body["data"] == []


def test_of_two_links_made_at_once_with_one_slug_the_older_serves(kit: Kit, api: Api, other_api: Api, anybody: Api) -> None:
    for workspace, asker, minutes in (("ws_b", other_api, 1), ("ws_a", api, 0)):
        made_at = NOW + dt.timedelta(minutes=minutes)
        link = BookingLink(id=f"book_{workspace}", calendar_id=add_calendar(asker), title=workspace, slug="same", created_at=made_at)
        with kit.unit_of_work(workspace) as unit:
            unit.repository(BOOKING_LINK).add(link)

    assert anybody.get("/booking/same").body["data"]["title"] == "ws_a"


def test_deleted_link_serves_nobody_and_keeps_what_was_booked(api: Api, anybody: Api, calendar: str) -> None:
    link, other = add_link(api, calendar), add_link(api, calendar)
    assert anybody.post(f"/booking/{link['slug']}", booking()).status == 201

    assert api.delete(f"/calendars/{calendar}/booking-links/{link['id']}") == (204, None)

    assert anybody.get(f"/booking/{link['slug']}").status == 404
    assert anybody.post(f"/booking/{link['slug']}", booking()).status == 404
    assert [kept["id"] for kept in api.get(f"/calendars/{calendar}/booking-links").body["data"]] == [other["id"]]
    assert len(stored(api, calendar)) == 1


def test_link_is_not_found_in_another_calendar_or_workspace(api: Api, other_api: Api, calendar: str) -> None:
    link = add_link(api, calendar)

    assert api.delete(f"/calendars/{add_calendar(api)}/booking-links/{link['id']}").status == 404
    assert other_api.delete(f"/calendars/{calendar}/booking-links/{link['id']}").status == 404
    assert api.get(f"/calendars/{calendar}/booking-links").body["data"] == [link]


def test_anybody_sees_the_free_slots_to_come(api: Api, anybody: Api, clock: FrozenClock, calendar: str) -> None:
    slug = add_link(api, calendar, slotDuration=240)["slug"]
    appoint(api, calendar, "13:00", "13:30")
    clock.move_to(dt.datetime(2026, 3, 16, 12, tzinfo=dt.UTC))

    answer = anybody.get(f"/booking/{slug.upper()}?start=2026-03-10&end=2026-03-18")

    assert answer.status == 200
    assert answer.body["data"] == {
        "title": "Discovery Call",
        "timezone": "America/New_York",
        "slotDuration": 240,
        "slots": [
            {"startTime": "2026-03-16T17:00:00Z", "endTime": "2026-03-16T21:00:00Z"},
            {"startTime": "2026-03-17T13:00:00Z", "endTime": "2026-03-17T17:00:00Z"},
            {"startTime": "2026-03-17T17:00:00Z", "endTime": "2026-03-17T21:00:00Z"},
        ],
    }


def test_slots_are_offered_for_two_weeks_unless_told_otherwise(api: Api, anybody: Api, calendar: str) -> None:
    slots = anybody.get(f"/booking/{add_link(api, calendar)['slug']}").body["data"]["slots"]

    assert (len(slots), slots[0]["startTime"], slots[-1]["endTime"]) == (160, "2026-03-16T13:00:00Z", "2026-03-27T21:00:00Z")
    assert wrong(anybody.get(f"/booking/{add_link(api, calendar)['slug']}?end=2026-06-30")) == (400, "invalid_request", ["end"])


def test_booking_makes_appointment_and_contact(api: Api, anybody: Api, kit: Kit, calendar: str) -> None:
    slug = add_link(api, calendar)["slug"]

    status, body = anybody.post(f"/booking/{slug}", booking(phone="+1 415 555 2671", notes="About the offer"))

    contact = api.get("/contacts").body["data"][0]
    assert status == 201
    assert {name: value for name, value in body["data"].items() if name != "id"} == {
        "calendarId": calendar,
        "title": "Discovery Call - Sarah Kim",
        "startTime": "2026-03-16T13:00:00Z",
        "endTime": "2026-03-16T13:30:00Z",
        "contactId": contact["id"],
        "status": "scheduled",
        "notes": "About the offer",
    }
    assert stored(api, calendar) == [body["data"]]
    assert (contact["firstName"], contact["lastName"], contact["email"]) == ("Sarah", "Kim", "sarah@example.org")
    assert (contact["phone"], contact["source"]) == ("+14155552671", "booking")
    assert [event.name for event in told(kit, "appointment.")] == ["appointment.created", "appointment.scheduled"]


def test_known_contact_is_matched_and_not_overwritten_by_a_stranger(api: Api, anybody: Api, calendar: str) -> None:
    made = api.post("/contacts", {"firstName": "Sarah", "lastName": "Kim", "email": "sarah@example.org", "phone": "+14155552671"})
    known = api.get(f"/contacts/{made.body['data']['id']}").body
    slug = add_link(api, calendar)["slug"]

    answer = anybody.post(f"/booking/{slug}", booking(email="SARAH@example.org", name="Mallory", phone="+14155550000"))

    assert (answer.status, answer.body["data"]["contactId"]) == (201, known["data"]["id"])
    assert answer.body["data"]["title"] == "Discovery Call - Mallory"
    assert api.get(f"/contacts/{known['data']['id']}").body == known
    assert len(api.get("/contacts").body["data"]) == 1


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-16T12:30:00Z",
        "2026-03-16T13:15:00Z",
        "2026-03-16T21:00:00Z",
        "2026-03-15T13:00:00Z",
        "2026-03-13T13:00:00Z",
        "2026-03-16T13:00:01Z",
    ],
    ids=["before the windows", "between slots", "after the windows", "on a day without windows", "in the past", "a second off"],
)
def test_time_that_is_not_offered_is_a_conflict(api: Api, anybody: Api, calendar: str, start: str) -> None:
    slug = add_link(api, calendar)["slug"]

    assert wrong(anybody.post(f"/booking/{slug}", booking(start))) == (409, "conflict", [])

    assert stored(api, calendar) == []
    assert api.get("/contacts").body["data"] == []


def test_slot_can_be_booked_once(api: Api, anybody: Api, calendar: str) -> None:
    slug, other = add_link(api, calendar)["slug"], add_link(api, calendar, slotDuration=60)["slug"]
    assert anybody.post(f"/booking/{slug}", booking()).status == 201

    assert wrong(anybody.post(f"/booking/{slug}", booking(email="bob@example.org"))) == (409, "conflict", [])
    assert wrong(anybody.post(f"/booking/{other}", booking(email="bob@example.org"))) == (409, "conflict", [])

    assert len(stored(api, calendar)) == 1
    assert len(api.get("/contacts").body["data"]) == 1
    assert starts(anybody_slots(anybody, slug))[0] == "2026-03-16T13:30:00Z"


def anybody_slots(anybody: Api, slug: str) -> Any:
    answer = anybody.get(f"/booking/{slug}")
    return answer._replace(body={"data": answer.body["data"]["slots"]})


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"email": "sarah"}, ["email"]),
        ({"phone": "555"}, ["phone"]),
        ({"notes": "x" * 2001}, ["notes"]),
        ({"startTime": "tomorrow"}, ["startTime"]),
        ({"endTime": "2026-03-16T13:30:00Z"}, ["endTime"]),
        ({"contactId": "con_1"}, ["contactId"]),
    ],
)
def test_wrong_values_are_named_and_book_nothing(api: Api, anybody: Api, calendar: str, changes: dict[str, Any], fields: list[str]) -> None:
    answer = anybody.post(f"/booking/{add_link(api, calendar)['slug']}", booking(**changes))

    assert wrong(answer) == (422, "validation_failed", fields)
    assert stored(api, calendar) == []
    assert api.get("/contacts").body["data"] == []


def test_time_name_and_email_are_required(api: Api, anybody: Api, calendar: str) -> None:
    answer = anybody.post(f"/booking/{add_link(api, calendar)['slug']}", {})

    assert wrong(answer) == (422, "validation_failed", ["startTime", "name", "email"])


def test_unknown_slug_is_not_found(anybody: Api) -> None:
    assert anybody.get("/booking/nothing").status == 404
    assert anybody.post("/booking/nothing", booking()).status == 404


def test_bookings_from_one_address_are_limited(api: Api, anybody: Api, calendar: str) -> None:
    slug = add_link(api, calendar)["slug"]

    found = [anybody.post(f"/booking/{slug}", booking("2026-03-16T03:00:00Z")).status for _ in range(21)]

    assert found == [409] * 20 + [429]
    assert anybody.get(f"/booking/{slug}").status == 200
