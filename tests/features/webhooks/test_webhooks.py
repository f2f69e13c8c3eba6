import base64
from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.records import trail
from tests.features.sales import add_contact, made, refused

URL = "https://hooks.example.org/conduyt"
KEYS = ["id", "url", "events", "active", "secret", "createdAt", "lastDelivery", "lastStatus"]


def add_webhook(api: Api, **more: Any) -> dict[str, Any]:
    return made(api, "/webhooks", {"url": URL, "events": ["contact.created"]}, **more)


def test_whole_secret_is_shown_once_and_masked_later(api: Api) -> None:
    webhook = add_webhook(api, events=["contact.created", "deal.created", "custom.*", "contact.created"])

    assert list(webhook) == KEYS
    assert len(base64.b64decode(webhook["secret"].removeprefix("whsec_"), validate=True)) == 32
    masked = {**webhook, "secret": "whsec_..."}
    assert webhook == {
        "id": webhook["id"],
        "url": URL,
        "events": ["contact.created", "deal.created", "custom.*"],
        "active": True,
        "secret": webhook["secret"],
        "createdAt": "2026-03-15T10:30:00Z",
        "lastDelivery": None,
        "lastStatus": None,
    }
    assert webhook["id"].startswith("wh_")
    assert api.get("/webhooks").body == {"data": [masked]}
    assert api.get(f"/webhooks/{webhook['id']}").body == {"data": masked | {"deliveries": []}}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"url": "ftp://hooks.example.org/"}, ["url"]),
        ({"url": "hooks.example.org"}, ["url"]),
        ({"url": 5}, ["url"]),
        ({"events": []}, ["events"]),
        ({"events": ["contact.created", "contact.exploded", "custom."]}, ["events[1]", "events[2]"]),
        ({"events": "contact.created"}, ["events"]),
        ({"active": "yes"}, ["active"]),
        ({"secrets": "whsec_x"}, ["secrets"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_wrong_field_is_named_and_nothing_changes(kit: Kit, api: Api, method: str, change: dict[str, Any], fields: list[str]) -> None:
    webhook = add_webhook(api)
    path, body = (
        ("/webhooks", {"url": URL, "events": ["contact.created"], **change}) if method == "POST" else (f"/webhooks/{webhook['id']}", change)
    )

    assert refused(api.call(method, path, body)) == (422, fields)
    assert api.get("/webhooks").body["data"] == [{**webhook, "secret": "whsec_..."}]
    assert len(trail(kit, entity_type="webhook")) == 1


@pytest.mark.parametrize("missing", ["url", "events"])
def test_required_field_is_required(api: Api, missing: str) -> None:
    body: dict[str, Any] = {"url": URL, "events": ["contact.created"]}
    del body[missing]

    assert refused(api.post("/webhooks", body)) == (422, [missing])
    assert api.get("/webhooks").body["data"] == []


def test_secret_is_never_taken_from_the_body(api: Api) -> None:
    webhook = add_webhook(api)

    assert refused(api.post("/webhooks", {"url": URL, "events": ["contact.created"], "secret": "whsec_AAAA"})) == (422, ["secret"])
    fetched = api.get(f"/webhooks/{webhook['id']}").body["data"]
    assert api.patch(f"/webhooks/{webhook['id']}", {**fetched, "secret": "whsec_AAAA"}) == (200, {"data": fetched})


def test_address_events_and_activity_can_be_changed(api: Api) -> None:
    webhook = add_webhook(api)
    wanted = {"url": "https://other.example.org/", "events": ["deal.created"], "active": False}

    changed = api.patch(f"/webhooks/{webhook['id']}", wanted).body["data"]

    assert changed == {**webhook, **wanted, "secret": "whsec_...", "deliveries": []}


def test_no_secret_reaches_the_audit_trail(kit: Kit, api: Api) -> None:
    webhook = add_webhook(api)
    rotated = api.post(f"/webhooks/{webhook['id']}/rotate-secret").body["data"]

    assert rotated["secret"] != webhook["secret"]
    assert {**rotated, "secret": ""} == {**webhook, "secret": ""}
    assert [entry.action for entry in trail(kit, entity_type="webhook")] == ["created", "updated"]
    assert "whsec" not in str(trail(kit))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"active": False}),
        ("DELETE", "", None),
        ("POST", "/test", None),
        ("POST", "/rotate-secret", None),
        ("GET", "/deliveries", None),
        ("GET", "/deliveries/whd_x", None),
        ("POST", "/deliveries/whd_x/redeliver", None),
        ("POST", "/redeliver", {"since": "2026-03-15T10:00:00Z"}),
    ],
)
def test_webhook_of_another_workspace_does_not_exist(api: Api, other_api: Api, method: str, path: str, body: Any) -> None:
    webhook = add_webhook(api)

    assert other_api.call(method, f"/webhooks/{webhook['id']}{path}", body).status == 404
    assert other_api.get("/webhooks").body["data"] == []
    assert api.get("/webhooks").body["data"] == [{**webhook, "secret": "whsec_..."}]


def test_workspace_has_at_most_so_many_webhooks(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conduyt_kit.features.webhooks.service.MOST_WEBHOOKS", 1)
    webhook = add_webhook(api)

    assert api.post("/webhooks", {"url": URL, "events": ["contact.created"]}).status == 409
    assert [found["id"] for found in api.get("/webhooks").body["data"]] == [webhook["id"]]


def test_demo_registers_a_webhook_that_calls_nobody(kit: Kit, api: Api) -> None:
    from conduyt_kit.features.webhooks.demo import fill

    with kit.unit_of_work("ws_a") as unit:
        fill(unit, {})
    add_contact(api)

    (webhook,) = api.get("/webhooks").body["data"]
    assert (webhook["active"], webhook["events"]) == (False, ["contact.created", "deal.stage_changed", "invoice.paid"])
    assert api.get(f"/webhooks/{webhook['id']}").body["data"]["deliveries"] == []
