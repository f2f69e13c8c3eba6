from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.records import told, trail
from tests.features.sales import add_contact, made, refused
from tests.features.webhooks.conftest import Later
from tests.features.webhooks.receiver import Receiver, fire

KEYS = ["id", "name", "trigger", "webhookUrl", "active", "lastTriggered", "runCount"]
URL = "https://n8n.example.org/webhook/abc123"


def add_automation(api: Api, url: str = URL, **more: Any) -> dict[str, Any]:
    return made(api, "/automations", {"name": "Leads", "trigger": "custom.lead_scored", "webhookUrl": url}, **more)


def runs(api: Api, automation: dict[str, Any]) -> list[dict[str, Any]]:
    found = api.get(f"/automations/{automation['id']}").body["data"]["runs"]
    assert isinstance(found, list)
    assert api.get(f"/automations/{automation['id']}/runs").body["data"] == found
    return found


def test_automation_has_the_documented_shape(api: Api) -> None:
    automation = add_automation(api, trigger="contact.created")

    assert list(automation) == KEYS
    assert automation == {
        "id": automation["id"],
        "name": "Leads",
        "trigger": "contact.created",
        "webhookUrl": URL,
        "active": True,
        "lastTriggered": None,
        "runCount": 0,
    }
    assert automation["id"].startswith("auto_")
    assert api.get("/automations").body == {"data": [automation]}
    assert api.get(f"/automations/{automation['id']}").body == {"data": automation | {"runs": []}}


def test_event_calls_n8n_and_is_counted(api: Api, receiver: Receiver) -> None:
    automation = add_automation(api, receiver.url, trigger="contact.created")
    contact = add_contact(api)

    (taken,) = receiver.taken
    document = taken.json
    assert document.pop("data").items() >= {"id": contact["id"], "lastName": "Solberg"}.items()
    assert document == {
        "id": document["id"],
        "type": "contact.created",
        "timestamp": "2026-03-15T10:30:00Z",
        "workspaceId": "ws_a",
        "automationId": automation["id"],
    }
    assert taken.headers["content-type"] == "application/json"
    found = api.get("/automations").body["data"][0]
    assert (found["runCount"], found["lastTriggered"]) == (1, "2026-03-15T10:30:00Z")
    (run,) = runs(api, automation)
    assert (run["status"], run["statusCode"], run["responseBody"], run["attempt"], run["error"]) == ("success", 200, "ok", 1, None)
    assert (run["event"], run["eventId"]) == ("contact.created", document["id"])


def test_payload_of_a_custom_event_is_passed_on_unchanged(kit: Kit, api: Api, receiver: Receiver) -> None:
    add_automation(api, receiver.url)
    payload = {"contactId": "550e8400-...", "score": 85, "reason": "Visited pricing page 3 times", "deep": [{"a_b": None, "é": 1.5}]}

    answer = api.post("/automations/events", {"event": "custom.lead_scored", "payload": payload})

    assert answer == (202, {"event": "custom.lead_scored", "status": "accepted", "triggered": 1})
    assert [taken.json["data"] for taken in receiver.taken] == [payload]
    assert [event.data for event in told(kit, "custom.")] == [payload]


def test_answer_says_how_many_automations_are_started(api: Api, receiver: Receiver) -> None:
    add_automation(api, receiver.url)
    add_automation(api, receiver.url)
    add_automation(api, receiver.url, active=False)
    add_automation(api, receiver.url, trigger="custom.other")

    assert fire(api, "custom.lead_scored")["triggered"] == 2
    assert fire(api, "custom.unheard")["triggered"] == 0
    assert len(receiver.taken) == 2
    assert [found["runCount"] for found in api.get("/automations").body["data"]] == [1, 1, 0, 0]


@pytest.mark.parametrize("event", ["contact.created", "invoice.paid", "lead_scored", "custom.", "custom", "custom.*", "custom.a b", ""])
def test_name_that_is_built_in_or_not_custom_is_refused(kit: Kit, api: Api, receiver: Receiver, event: str) -> None:
    add_automation(api, receiver.url, trigger="contact.created")

    assert refused(api.post("/automations/events", {"event": event})) == (422, ["event"])
    assert told(kit) == []
    assert receiver.taken == []


@pytest.mark.parametrize("payload", [[], "text", 5])
def test_payload_is_an_object(kit: Kit, api: Api, payload: Any) -> None:
    assert refused(api.post("/automations/events", {"event": "custom.x", "payload": payload})) == (422, ["payload"])
    assert told(kit) == []


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"trigger": "contact.exploded"}, ["trigger"]),
        ({"trigger": ""}, ["trigger"]),
        ({"webhookUrl": "n8n"}, ["webhookUrl"]),
        ({"webhookUrl": None}, ["webhookUrl"]),
        ({"active": 1}, ["active"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_wrong_field_is_named_and_nothing_changes(kit: Kit, api: Api, method: str, change: dict[str, Any], fields: list[str]) -> None:
    automation = add_automation(api)
    body = {"name": "x", "trigger": "custom.x", "webhookUrl": URL, **change} if method == "POST" else change

    assert refused(api.call(method, "/automations" if method == "POST" else f"/automations/{automation['id']}", body)) == (422, fields)
    assert api.get("/automations").body["data"] == [automation]
    assert len(trail(kit, entity_type="automation")) == 1


def test_automation_is_switched_off_and_on(api: Api, receiver: Receiver) -> None:
    automation = add_automation(api, receiver.url)
    changed = api.patch(f"/automations/{automation['id']}", {"active": False}).body["data"]
    assert changed == {**automation, "active": False, "runs": []}
    fire(api, "custom.lead_scored", number=1)
    api.patch(f"/automations/{automation['id']}", {"active": True, "name": "Hot leads"})
    fire(api, "custom.lead_scored", number=2)

    assert [taken.json["data"] for taken in receiver.taken] == [{"number": 2}]
    assert api.get("/automations").body["data"][0]["name"] == "Hot leads"


def test_n8n_that_is_down_is_called_again(api: Api, receiver: Receiver, later: Later) -> None:
    automation = add_automation(api, receiver.url)
    receiver.answer(502)
    fire(api, "custom.lead_scored")
    assert [(run["status"], run["completedAt"]) for run in runs(api, automation)] == [("running", None)]
    receiver.answer(200)
    later(seconds=15)
    later(hours=2)

    assert len({(taken.body, taken.headers["idempotency-key"]) for taken in receiver.taken}) == 1
    assert len(receiver.taken) == 2
    (run,) = runs(api, automation)
    assert (run["status"], run["attempt"], run["durationMs"], run["error"]) == ("success", 2, 15000, None)
    assert api.get("/automations").body["data"][0]["runCount"] == 1


def test_run_fails_after_the_last_attempt(api: Api, receiver: Receiver, later: Later) -> None:
    automation = add_automation(api, receiver.url)
    receiver.answer(500)
    fire(api, "custom.lead_scored")
    for _ in range(10):
        later(hours=2)

    assert len(receiver.taken) == 6
    assert [(run["status"], run["statusCode"]) for run in runs(api, automation)] == [("failed", 500)]


def test_webhook_that_n8n_does_not_know_is_not_called_again(api: Api, receiver: Receiver, later: Later) -> None:
    automation = add_automation(api, receiver.url)
    receiver.answer(404)
    fire(api, "custom.lead_scored")
    later(days=1)

    assert len(receiver.taken) == 1
    (run,) = runs(api, automation)
    assert (run["status"], run["error"]) == ("failed", "n8n answered with the status 404")


def test_deleting_drops_waiting_calls_and_the_history(api: Api, receiver: Receiver, later: Later) -> None:
    automation = add_automation(api, receiver.url)
    receiver.answer(500)
    fire(api, "custom.lead_scored")
    assert api.delete(f"/automations/{automation['id']}").status == 204
    later(hours=2)
    fire(api, "custom.lead_scored")

    assert len(receiver.taken) == 1
    assert api.get(f"/automations/{automation['id']}").status == 404


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/runs")])
def test_automation_of_another_workspace_does_not_exist(api: Api, other_api: Api, receiver: Receiver, method: str, path: str) -> None:
    automation = add_automation(api, receiver.url)

    body = {"active": False} if method == "PATCH" else None
    assert other_api.call(method, f"/automations/{automation['id']}{path}", body).status == 404
    assert fire(other_api, "custom.lead_scored")["triggered"] == 0
    assert receiver.taken == []
    assert api.get("/automations").body["data"] == [automation]


def test_custom_event_reaches_webhooks_too(api: Api, receiver: Receiver) -> None:
    made(api, "/webhooks", {"url": receiver.url, "events": ["custom.*"]})
    add_automation(api, receiver.url)
    fire(api, "custom.lead_scored", score=85)

    assert [taken.json["data"] for taken in receiver.taken] == [{"score": 85}] * 2


def test_demo_makes_an_automation_that_calls_nobody(kit: Kit, api: Api) -> None:
    from conduyt_kit.features.automations.demo import fill

    with kit.unit_of_work("ws_a") as unit:
        fill(unit, {})

    assert [(found["trigger"], found["active"]) for found in api.get("/automations").body["data"]] == [("custom.lead_scored", False)]
