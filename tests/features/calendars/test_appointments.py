from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.calendars.office import WORKDAYS, add_calendar, appoint, appointment, stored, wrong
from tests.features.calls import Api
from tests.features.records import told, trail


@pytest.fixture
def calendar(api: Api) -> str:
    return add_calendar(api)


def test_new_appointment_is_answered_as_documented(api: Api, calendar: str) -> None:
    contact = api.post("/contacts", {"firstName": "Sarah", "lastName": "Kim"}).body["data"]["id"]
    body = appointment("14:00", "14:30", title="Discovery Call - Sarah Kim", contactId=contact, notes="Discuss Q2 renewal options")

    status, answer = api.post(f"/calendars/{calendar}/appointments", body)

    assert status == 201
    id = answer["data"]["id"]
    assert id.startswith("appt_")
    assert list(answer["data"].items()) == [
        ("id", id),
        ("calendarId", calendar),
        ("title", "Discovery Call - Sarah Kim"),
        ("startTime", "2026-03-16T14:00:00Z"),
        ("endTime", "2026-03-16T14:30:00Z"),
        ("contactId", contact),
        ("status", "scheduled"),
        ("notes", "Discuss Q2 renewal options"),
    ]
    assert api.get(f"/calendars/{calendar}/appointments/{id}").body == answer


def test_times_are_kept_in_utc_to_the_second(api: Api, calendar: str) -> None:
    body = {"title": "Call", "startTime": "2026-03-16T10:00:00.900+01:00", "endTime": "2026-03-16T10:30:00+01:00"}

    made = api.post(f"/calendars/{calendar}/appointments", body).body["data"]

    assert (made["startTime"], made["endTime"]) == ("2026-03-16T09:00:00Z", "2026-03-16T09:30:00Z")
    assert api.post(f"/calendars/{calendar}/appointments", appointment("09:30", "10:00")).status == 201


@pytest.mark.parametrize(
    ("start", "end"), [("09:00", "10:00"), ("09:30", "09:45"), ("08:30", "09:01"), ("09:59", "11:00"), ("08:00", "12:00")]
)
def test_overlapping_appointment_is_a_conflict(api: Api, kit: Kit, calendar: str, start: str, end: str) -> None:
    first = appoint(api, calendar, "09:00", "10:00")

    answer = api.post(f"/calendars/{calendar}/appointments", appointment(start, end))

    assert wrong(answer) == (409, "conflict", [])
    assert answer.body["error"]["message"] == "Overlaps another appointment, from 2026-03-16T09:00:00Z to 2026-03-16T10:00:00Z"
    assert stored(api, calendar) == [first]
    assert len(told(kit, "appointment.")) == 2


def test_touching_appointments_do_not_overlap(api: Api, calendar: str) -> None:
    made = [appoint(api, calendar, *span) for span in (("09:00", "10:00"), ("10:00", "11:00"), ("08:00", "09:00"))]

    assert stored(api, calendar) == [made[2], made[0], made[1]]


@pytest.mark.parametrize("status", ["cancelled", "completed"])
def test_only_scheduled_appointments_claim_their_time(api: Api, calendar: str, status: str) -> None:
    first = appoint(api, calendar, "09:00", "10:00")
    api.patch(f"/calendars/{calendar}/appointments/{first['id']}", {"status": status})

    appoint(api, calendar, "09:00", "10:00")

    assert sorted(found["status"] for found in stored(api, calendar)) == sorted([status, "scheduled"])


def test_another_calendar_may_have_an_appointment_at_the_same_time(api: Api, calendar: str) -> None:
    appoint(api, calendar, "09:00", "10:00")

    assert api.post(f"/calendars/{add_calendar(api)}/appointments", appointment("09:00", "10:00")).status == 201


@pytest.mark.parametrize(("start", "end"), [("08:59", "09:30"), ("16:30", "17:01"), ("18:00", "19:00"), ("08:00", "18:00")])
def test_appointment_outside_the_windows_is_a_conflict(api: Api, start: str, end: str) -> None:
    calendar = add_calendar(api, availability=WORKDAYS)

    answer = api.post(f"/calendars/{calendar}/appointments", appointment(start, end))

    assert wrong(answer) == (409, "conflict", [])
    assert "outside the calendar's availability (zone UTC)" in answer.body["error"]["message"]
    assert stored(api, calendar) == []


def test_windows_are_in_the_calendars_zone(api: Api) -> None:
    calendar = add_calendar(api, timezone="America/New_York", availability=WORKDAYS)

    assert api.post(f"/calendars/{calendar}/appointments", appointment("09:00", "10:00")).status == 409
    assert api.post(f"/calendars/{calendar}/appointments", appointment("20:00", "21:00")).status == 201


def test_appointment_may_be_longer_than_a_slot_and_fill_the_window(api: Api) -> None:
    calendar = add_calendar(api, availability=WORKDAYS)

    assert api.post(f"/calendars/{calendar}/appointments", appointment("09:00", "17:00")).status == 201


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"endTime": "2026-03-16T09:00:00Z"}, ["endTime"]),
        ({"endTime": "2026-03-16T08:00:00Z"}, ["endTime"]),
        ({"endTime": "2027-03-18T09:00:00Z"}, ["endTime"]),
        ({"startTime": "2026-03-16"}, ["startTime"]),
        ({"startTime": "2026-03-16T09:00:00"}, ["startTime"]),
        ({"startTime": None}, ["startTime"]),
        ({"startTime": "0001-01-01T00:00:00Z"}, ["startTime"]),
        ({"endTime": "9999-12-31T23:59:59Z"}, ["endTime"]),
        ({"title": ""}, ["title"]),
        ({"notes": 5}, ["notes"]),
        ({"contactId": "nobody"}, ["contactId"]),
        ({"location": "here"}, ["location"]),
    ],
)
def test_wrong_values_are_named_and_change_nothing(api: Api, calendar: str, changes: dict[str, Any], fields: list[str]) -> None:
    before = appoint(api, calendar, "09:00", "10:00")

    created = api.post(f"/calendars/{add_calendar(api)}/appointments", {**appointment("09:00", "10:00"), **changes})
    changed = api.patch(f"/calendars/{calendar}/appointments/{before['id']}", changes)

    assert wrong(created) == wrong(changed) == (422, "validation_failed", fields)
    assert stored(api, calendar) == [before]


def test_title_start_and_end_are_required(api: Api, calendar: str) -> None:
    answer = api.post(f"/calendars/{calendar}/appointments", {})

    assert wrong(answer) == (422, "validation_failed", ["title", "startTime", "endTime"])


def test_status_is_no_field_of_a_new_appointment(api: Api, calendar: str) -> None:
    answer = api.post(f"/calendars/{calendar}/appointments", appointment("09:00", "10:00", status="completed"))

    assert wrong(answer) == (422, "validation_failed", ["status"])


def test_list_finds_what_overlaps_the_range(api: Api, calendar: str) -> None:
    for start, end in (("08:00", "09:00"), ("09:30", "10:30"), ("10:30", "11:30"), ("12:00", "13:00")):
        appoint(api, calendar, start, end, title=start)

    def titles(query: str) -> list[str]:
        return [found["title"] for found in api.get(f"/calendars/{calendar}/appointments?sort=startTime{query}").body["data"]]

    assert titles("&start=2026-03-16T09:00:00Z&end=2026-03-16T12:00:00Z") == ["09:30", "10:30"]
    assert titles("&start=2026-03-16T10:00:00Z") == ["09:30", "10:30", "12:00"]
    assert titles("&end=2026-03-16T10:30:00Z") == ["08:00", "09:30"]
    assert titles("&start=2026-03-17") == []
    assert titles("&start=2026-03-16&end=2026-03-17") == ["08:00", "09:30", "10:30", "12:00"]


def test_list_has_meta_and_filters_by_status(api: Api, calendar: str) -> None:
    gone = appoint(api, calendar, "09:00", "10:00")
    kept = appoint(api, calendar, "11:00", "12:00")
    api.patch(f"/calendars/{calendar}/appointments/{gone['id']}", {"status": "cancelled"})

    status, body = api.get(f"/calendars/{calendar}/appointments?status=scheduled")

    assert (status, body) == (200, {"data": [kept], "meta": {"page": 1, "limit": 50, "total": 1, "totalPages": 1}})
    assert [found["id"] for found in api.get(f"/calendars/{calendar}/appointments?status=cancelled").body["data"]] == [gone["id"]]


@pytest.mark.parametrize("query", ["status=lost", "start=monday", "end=0001-01-01", "limit=0"])
def test_unreadable_filters_are_refused(api: Api, calendar: str, query: str) -> None:
    assert wrong(api.get(f"/calendars/{calendar}/appointments?{query}")) == (400, "invalid_request", [query.partition("=")[0]])


def test_moving_onto_another_appointment_is_a_conflict(api: Api, calendar: str) -> None:
    first, second = appoint(api, calendar, "09:00", "10:00"), appoint(api, calendar, "11:00", "12:00")
    path = f"/calendars/{calendar}/appointments/{second['id']}"

    assert wrong(api.patch(path, {"startTime": "2026-03-16T09:30:00Z"})) == (409, "conflict", [])
    assert stored(api, calendar) == [first, second]

    assert api.patch(path, {"startTime": "2026-03-16T10:00:00Z"}).status == 200


def test_moving_out_of_the_windows_is_a_conflict(api: Api) -> None:
    calendar = add_calendar(api, availability=WORKDAYS)
    made = appoint(api, calendar, "16:00", "17:00")

    answer = api.patch(f"/calendars/{calendar}/appointments/{made['id']}", {"endTime": "2026-03-16T17:30:00Z"})

    assert wrong(answer) == (409, "conflict", [])
    assert stored(api, calendar) == [made]


def test_appointment_may_move_over_its_own_time(api: Api, calendar: str) -> None:
    made = appoint(api, calendar, "09:00", "10:00")

    status, body = api.patch(
        f"/calendars/{calendar}/appointments/{made['id']}", {"startTime": "2026-03-16T09:30:00Z", "endTime": "2026-03-16T10:30:00Z"}
    )

    assert (status, body["data"]) == (200, {**made, "startTime": "2026-03-16T09:30:00Z", "endTime": "2026-03-16T10:30:00Z"})


def test_cancelling_frees_the_time_and_scheduling_again_is_judged_again(api: Api, calendar: str) -> None:
    first = appoint(api, calendar, "09:00", "10:00")
    path = f"/calendars/{calendar}/appointments/{first['id']}"
    assert api.patch(path, {"status": "cancelled"}).body["data"] == {**first, "status": "cancelled"}
    second = appoint(api, calendar, "09:30", "10:30")

    assert wrong(api.patch(path, {"status": "scheduled"})) == (409, "conflict", [])
    api.delete(f"/calendars/{calendar}/appointments/{second['id']}")

    assert api.patch(path, {"status": "scheduled"}).body["data"] == first


def test_what_is_no_claim_may_be_edited_after_the_windows_changed(api: Api, calendar: str) -> None:
    made = appoint(api, calendar, "09:00", "10:00")
    api.patch(f"/calendars/{calendar}", {"availability": {}})

    status, body = api.patch(f"/calendars/{calendar}/appointments/{made['id']}", {"notes": "Bring the offer", "status": "completed"})

    assert (status, body["data"]) == (200, {**made, "notes": "Bring the offer", "status": "completed"})


def test_fetched_appointment_can_be_sent_back(api: Api, kit: Kit, calendar: str) -> None:
    made = appoint(api, calendar, "09:00", "10:00")

    assert api.patch(f"/calendars/{calendar}/appointments/{made['id']}", made) == (200, {"data": made})
    assert told(kit, "appointment.updated") == []


def test_changes_are_told(api: Api, kit: Kit, calendar: str) -> None:
    made = appoint(api, calendar, "09:00", "10:00")
    for status in ("cancelled", "scheduled", "completed"):
        api.patch(f"/calendars/{calendar}/appointments/{made['id']}", {"status": status})

    assert [event.name.partition(".")[2] for event in told(kit, "appointment.")] == [
        "created",
        "scheduled",
        "updated",
        "cancelled",
        "updated",
        "scheduled",
        "updated",
    ]
    assert told(kit, "appointment.scheduled")[0].data == {
        "appointmentId": made["id"],
        "calendarId": calendar,
        "title": "Call",
        "startTime": "2026-03-16T09:00:00Z",
        "endTime": "2026-03-16T10:00:00Z",
        "contactId": None,
    }


def test_appointment_is_found_in_the_trail_of_its_contact_and_outlives_it(api: Api, kit: Kit, calendar: str) -> None:
    contact = api.post("/contacts", {"firstName": "Sarah", "lastName": "Kim"}).body["data"]["id"]
    made = appoint(api, calendar, "09:00", "10:00", contactId=f"con_{contact}")
    assert made["contactId"] == contact

    api.delete(f"/contacts/{contact}")

    assert stored(api, calendar) == [{**made, "contactId": None}]
    assert [entry.action for entry in trail(kit, entity_type="appointment", entity_id=made["id"])] == ["created", "updated"]


def test_deleted_appointment_is_gone_and_its_time_free(api: Api, calendar: str) -> None:
    made = appoint(api, calendar, "09:00", "10:00")

    assert api.delete(f"/calendars/{calendar}/appointments/{made['id']}") == (204, None)

    assert api.get(f"/calendars/{calendar}/appointments/{made['id']}").status == 404
    appoint(api, calendar, "09:00", "10:00")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_appointment_is_not_found_in_another_calendar_or_workspace(api: Api, other_api: Api, calendar: str, method: str) -> None:
    made, elsewhere = appoint(api, calendar, "09:00", "10:00"), add_calendar(api)
    body = {"title": "Mine"} if method == "PATCH" else None

    assert api.call(method, f"/calendars/{elsewhere}/appointments/{made['id']}", body).status == 404
    assert api.call(method, f"/calendars/nowhere/appointments/{made['id']}", body).status == 404
    assert other_api.call(method, f"/calendars/{calendar}/appointments/{made['id']}", body).status == 404
    assert other_api.call(method, f"/calendars/{add_calendar(other_api)}/appointments/{made['id']}", body).status == 404
    assert stored(api, calendar) == [made]


def test_stale_tag_refuses_the_change(api: Api, calendar: str) -> None:
    made = appoint(api, calendar, "09:00", "10:00")
    path = f"/calendars/{calendar}/appointments/{made['id']}"
    tag = api.send("GET", path, b"", {}).headers["ETag"]
    headers = {"content-type": "application/json", "if-match": tag}

    assert api.send("PATCH", path, b'{"title": "First"}', headers).status == 200
    assert api.send("PATCH", path, b'{"title": "Second"}', headers).status == 412
    assert stored(api, calendar)[0]["title"] == "First"
