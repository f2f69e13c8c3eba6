import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calendars.office import NINE_TO_FIVE, WORKDAYS, add_calendar, add_link, appoint, wrong
from tests.features.calls import Api
from tests.features.records import told, trail


def test_new_calendar_is_answered_as_documented(api: Api) -> None:
    body = {"name": " Sales ", "timezone": "America/New_York", "slotDuration": 45, "availability": {"monday": NINE_TO_FIVE, "sunday": []}}
    status, answer = api.post("/calendars", body)

    assert status == 201
    id = answer["data"].pop("id")
    assert id.startswith("cal_")
    assert answer["data"] == {
        "name": "Sales",
        "timezone": "America/New_York",
        "slotDuration": 45,
        "availability": {"monday": NINE_TO_FIVE, "sunday": []},
        "createdAt": "2026-03-15T10:30:00Z",
    }
    assert api.get(f"/calendars/{id}").body["data"] == {"id": id, **answer["data"]}


def test_slots_are_of_30_minutes_and_any_time_is_free_unless_told_otherwise(api: Api) -> None:
    calendar = api.get(f"/calendars/{add_calendar(api)}").body["data"]

    assert (calendar["slotDuration"], calendar["availability"]) == (30, None)


def test_calendars_are_listed_oldest_first_with_meta(api: Api, clock: FrozenClock) -> None:
    ids = []
    for name in ("B", "A", "C"):
        ids.append(add_calendar(api, name=name))
        clock.advance(dt.timedelta(seconds=1))

    status, body = api.get("/calendars?limit=2")

    assert status == 200
    assert [calendar["id"] for calendar in body["data"]] == ids[:2]
    assert body["meta"] == {"page": 1, "limit": 2, "total": 3, "totalPages": 2}
    assert body["data"][0] == api.get(f"/calendars/{ids[0]}").body["data"]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"timezone": "Mars/Olympus"}, ["timezone"]),
        ({"timezone": None}, ["timezone"]),
        ({"slotDuration": 0}, ["slotDuration"]),
        ({"slotDuration": 1441}, ["slotDuration"]),
        ({"slotDuration": "30"}, ["slotDuration"]),
        ({"availability": []}, ["availability"]),
        ({"availability": {"mondays": []}}, ["availability.mondays"]),
        ({"availability": {"monday": None}}, ["availability.monday"]),
        ({"availability": {"monday": {"start": "09:00", "end": "17:00"}}}, ["availability.monday"]),
        ({"availability": {"monday": [{"start": "09:00"}]}}, ["availability.monday[0].end"]),
        ({"availability": {"monday": [{"start": "9:00", "end": "17:00"}]}}, ["availability.monday[0].start"]),
        ({"availability": {"monday": [{"start": "09:00", "end": "24:01"}]}}, ["availability.monday[0].end"]),
        ({"availability": {"monday": [{"start": "17:00", "end": "09:00"}]}}, ["availability.monday[0]"]),
        ({"availability": {"monday": [{"start": "09:00", "end": "09:00"}]}}, ["availability.monday[0]"]),
        ({"availability": {"monday": [{"start": "11:00", "end": "13:00"}, {"start": "09:00", "end": "11:01"}]}}, ["availability.monday"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_wrong_settings_are_named_and_change_nothing(api: Api, changes: dict[str, Any], fields: list[str]) -> None:
    before = api.get(f"/calendars/{add_calendar(api)}").body["data"]

    assert wrong(api.patch(f"/calendars/{before['id']}", changes)) == (422, "validation_failed", fields)
    assert wrong(api.post("/calendars", {"name": "Sales", "timezone": "UTC", **changes})) == (422, "validation_failed", fields)

    assert api.get("/calendars").body["data"] == [before]


def test_name_and_zone_are_required(api: Api) -> None:
    assert wrong(api.post("/calendars", {})) == (422, "validation_failed", ["name", "timezone"])


def test_windows_may_touch_and_end_at_midnight(api: Api) -> None:
    day = [{"start": "13:00", "end": "24:00"}, {"start": "00:00", "end": "13:00"}]

    calendar = api.get(f"/calendars/{add_calendar(api, availability={'friday': day})}").body["data"]

    assert calendar["availability"] == {"friday": [day[1], day[0]]}


def test_only_the_given_fields_change(api: Api, kit: Kit) -> None:
    id = add_calendar(api, slotDuration=45, availability=WORKDAYS)

    status, body = api.patch(f"/calendars/{id}", {"name": "Support"})

    assert (status, body["data"]) == (200, api.get(f"/calendars/{id}").body["data"])
    assert (body["data"]["name"], body["data"]["slotDuration"], body["data"]["availability"]) == ("Support", 45, WORKDAYS)
    assert [entry.changes for entry in trail(kit, entity_id=id, action="updated")] == [{"name": {"from": "Sales", "to": "Support"}}]


def test_null_takes_availability_and_duration_back_to_their_defaults(api: Api) -> None:
    id = add_calendar(api, slotDuration=45, availability=WORKDAYS)

    status, body = api.patch(f"/calendars/{id}", {"slotDuration": None, "availability": None})

    assert (status, body["data"]["slotDuration"], body["data"]["availability"]) == (200, 30, None)


def test_fetched_calendar_can_be_sent_back(api: Api, kit: Kit) -> None:
    calendar = api.get(f"/calendars/{add_calendar(api, availability=WORKDAYS)}").body["data"]

    assert api.patch(f"/calendars/{calendar['id']}", calendar) == (200, {"data": calendar})
    assert told(kit, "calendar.updated") == []


def test_deleting_a_calendar_deletes_its_appointments_and_links_alone(api: Api, kit: Kit) -> None:
    id, other = add_calendar(api), add_calendar(api)
    appoint(api, id, "09:00", "10:00")
    kept = appoint(api, other, "09:00", "10:00")
    slug = add_link(api, id)["slug"]

    assert api.delete(f"/calendars/{id}") == (204, None)

    assert api.get(f"/calendars/{id}").status == 404
    assert api.get(f"/booking/{slug}").status == 404
    assert api.get(f"/calendars/{other}/appointments").body["data"] == [kept]
    assert [event.name for event in told(kit) if event.name.endswith(".deleted")] == [
        "appointment.deleted",
        "booking_link.deleted",
        "calendar.deleted",
    ]


def test_calendars_of_another_workspace_are_not_found(api: Api, other_api: Api) -> None:
    id = add_calendar(api)

    assert other_api.get("/calendars").body["data"] == []
    for method, path, body in [
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/availability", None),
        ("GET", "/feed", None),
        ("GET", "/appointments", None),
        ("POST", "/appointments", {"title": "x", "startTime": "2026-03-16T09:00:00Z", "endTime": "2026-03-16T10:00:00Z"}),
        ("GET", "/booking-links", None),
        ("POST", "/booking-links", {"title": "x"}),
    ]:
        assert other_api.call(method, f"/calendars/{id}{path}", body).status == 404
    assert api.get(f"/calendars/{id}").body["data"]["name"] == "Sales"
    assert api.get(f"/calendars/{id}/booking-links").body["data"] == []
