import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import told, trail
from tests.features.sales import add_contact, made, refused

KEYS = [
    "id",
    "contactId",
    "contact",
    "userId",
    "user",
    "direction",
    "status",
    "duration",
    "notes",
    "startedAt",
    "endedAt",
    "createdAt",
]


@pytest.fixture
def contact(api: Api) -> str:
    id = add_contact(api)["id"]
    assert isinstance(id, str)
    return id


def log_call(api: Api, contact: str, **more: Any) -> dict[str, Any]:
    return made(api, "/calls", {"contactId": contact, "direction": "outbound", "status": "completed"}, **more)


def test_call_is_logged_in_the_documented_shape(api: Api, contact: str) -> None:
    call = log_call(api, contact, duration=342, startedAt="2026-03-14T17:30:00+02:00", notes="Will sign")
    assert list(call) == KEYS
    assert call == {
        "id": call["id"],
        "contactId": contact,
        "contact": {"firstName": "Mira", "lastName": "Solberg"},
        "userId": "usr_ada",
        "user": {"name": "Ada Marsh"},
        "direction": "outbound",
        "status": "completed",
        "duration": 342,
        "notes": "Will sign",
        "startedAt": "2026-03-14T15:30:00Z",
        "endedAt": "2026-03-14T15:35:42Z",
        "createdAt": "2026-03-15T10:30:00Z",
    }
    assert call["id"].startswith("call_")
    assert api.get(f"/calls/{call['id']}").body["data"] == call


def test_call_starts_now_and_has_no_end_without_a_duration(api: Api, contact: str) -> None:
    call = log_call(api, contact, status="missed")
    assert (call["startedAt"], call["endedAt"], call["duration"]) == ("2026-03-15T10:30:00Z", None, None)


def test_call_of_no_seconds_ends_when_it_starts(api: Api, contact: str) -> None:
    call = log_call(api, contact, duration=0)
    assert call["endedAt"] == call["startedAt"] == "2026-03-15T10:30:00Z"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"contactId": "nothing"}, ["contactId"]),
        ({"direction": "sideways"}, ["direction"]),
        ({"status": "busy"}, ["status"]),
        ({"duration": -1}, ["duration"]),
        ({"duration": 1.5}, ["duration"]),
        ({"startedAt": "yesterday"}, ["startedAt"]),
        ({"startedAt": "9999-12-31T23:59:59Z", "duration": 60}, ["duration"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_wrong_field_is_named_and_nothing_changes(
    kit: Kit, api: Api, contact: str, method: str, change: dict[str, Any], fields: list[str]
) -> None:
    call = log_call(api, contact)
    path = "/calls" if method == "POST" else f"/calls/{call['id']}"
    body = {"contactId": contact, "direction": "inbound", "status": "missed", **change} if method == "POST" else change
    assert refused(api.call(method, path, body)) == (422, fields)
    assert api.get("/calls").body["data"] == [call]
    assert len(trail(kit, entity_type="call")) == 1
    assert len(told(kit, "call.logged")) == 1


@pytest.mark.parametrize("missing", ["contactId", "direction", "status"])
def test_required_field_is_required(api: Api, contact: str, missing: str) -> None:
    body = {"contactId": contact, "direction": "inbound", "status": "missed"}
    del body[missing]
    assert refused(api.post("/calls", body)) == (422, [missing])
    assert api.get("/calls").body["data"] == []


def test_caller_is_never_taken_from_the_body(api: Api, contact: str) -> None:
    body = {"contactId": contact, "direction": "inbound", "status": "missed", "userId": "usr_eve"}
    assert refused(api.post("/calls", body)) == (422, ["userId"])
    call = log_call(api, contact)
    assert api.patch(f"/calls/{call['id']}", {**call, "userId": "usr_eve"}) == (200, {"data": call})


def test_every_logged_field_can_be_corrected_and_the_end_follows(api: Api, contact: str) -> None:
    call = log_call(api, contact, duration=60)
    other = add_contact(api, firstName="Bo")["id"]
    given = {
        "contactId": other,
        "direction": "inbound",
        "status": "voicemail",
        "duration": 90,
        "notes": "Left a message",
        "startedAt": "2026-03-14T08:00:00Z",
    }
    status, body = api.patch(f"/calls/{call['id']}", given)
    expected = {**call, **given, "contact": {"firstName": "Bo", "lastName": "Solberg"}, "endedAt": "2026-03-14T08:01:30Z"}
    assert (status, body["data"]) == (200, expected)
    cleared = api.patch(f"/calls/{call['id']}", {"duration": None, "notes": None, "startedAt": None}).body["data"]
    assert (cleared["duration"], cleared["notes"], cleared["endedAt"], cleared["startedAt"]) == (None, None, None, "2026-03-14T08:00:00Z")


def test_list_has_the_documented_shape_newest_first(api: Api, contact: str, clock: FrozenClock) -> None:
    log_call(api, contact, notes="old", startedAt="2026-03-15T10:00:00Z")
    clock.advance(dt.timedelta(seconds=1))
    log_call(api, contact, notes="new", startedAt="2026-03-01T10:00:00Z")
    body = api.get("/calls").body
    assert [(list(call), call["notes"]) for call in body["data"]] == [(KEYS, "new"), (KEYS, "old")]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert differences(documented("GET", "/calls").reply, body) == []


def test_filters_combine(api: Api, contact: str) -> None:
    other = add_contact(api, firstName="Bo")["id"]
    log_call(api, contact, notes="a", startedAt="2026-03-01T00:00:00Z")
    log_call(api, contact, notes="b", startedAt="2026-03-02T00:00:00Z", direction="inbound", status="no_answer")
    log_call(api, other, notes="c", startedAt="2026-03-02T23:59:59Z")

    def notes(query: str) -> list[str]:
        status, body = api.get(f"/calls?{query}")
        assert (status, body["meta"]["total"]) == (200, len(body["data"]))
        return sorted(call["notes"] for call in body["data"])

    assert notes("after=2026-03-02") == ["b", "c"]
    assert notes("before=2026-03-02") == ["a"]
    assert notes("after=2026-03-01T00:00:00Z&before=2026-03-02T00:00:01Z") == ["a", "b"]
    assert notes("direction=inbound") == notes("status=no_answer") == ["b"]
    assert notes(f"contactId={other}") == notes(f"contactId=con_{other}") == notes(f"contact_id={other}") == ["c"]
    assert notes("userId=usr_ada&direction=outbound") == ["a", "c"]
    assert notes("userId=usr_eve") == notes("contactId=nothing") == []
    assert (api.get("/calls?direction=up").status, api.get("/calls?status=busy").status) == (400, 400)


def test_call_is_told_once_and_stands_in_the_timeline_of_its_contact(kit: Kit, api: Api, contact: str) -> None:
    call = log_call(api, contact, duration=5)
    (event,) = told(kit, "call.logged")
    assert event.data == {
        "callId": call["id"],
        "contactId": contact,
        "userId": "usr_ada",
        "direction": "outbound",
        "status": "completed",
        "duration": 5,
    }
    entries = api.get(f"/activities?entityType=contact&entityId={contact}").body["data"]
    assert [(entry["entityType"], entry["action"]) for entry in entries if entry["entityId"] == call["id"]] == [("call", "created")]
    api.patch(f"/calls/{call['id']}", {"status": "missed"})
    assert len(told(kit, "call.logged")) == 1


def test_call_goes_with_its_contact(api: Api, contact: str) -> None:
    log_call(api, contact)
    api.delete(f"/contacts/{contact}")
    assert api.get("/calls").body["data"] == []


def test_call_is_deleted(kit: Kit, api: Api, contact: str) -> None:
    call = log_call(api, contact)
    assert api.delete(f"/calls/{call['id']}") == (204, None)
    assert (api.get(f"/calls/{call['id']}").status, api.delete(f"/calls/{call['id']}").status) == (404, 404)
    assert [entry.action for entry in trail(kit, entity_type="call")] == ["created", "deleted"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_call_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str) -> None:
    call = log_call(other_api, add_contact(other_api)["id"])
    assert api.call(method, f"/calls/{call['id']}", {"notes": "x"} if method == "PATCH" else None).status == 404
    assert other_api.get(f"/calls/{call['id']}").body["data"] == call


def test_call_is_never_logged_on_a_contact_of_another_workspace(api: Api, other_api: Api, contact: str) -> None:
    theirs = add_contact(other_api)["id"]
    call = log_call(api, contact)
    assert refused(api.patch(f"/calls/{call['id']}", {"contactId": theirs})) == (422, ["contactId"])
    assert api.get(f"/calls?contactId={theirs}").body["data"] == []
    assert api.get("/calls").body["data"] == [call]
