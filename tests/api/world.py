"""One record of every kind in a workspace, and what to send to every operation."""

from typing import Any

import attrs

from conduyt_kit.features.webhooks import WEBHOOK_DELIVERY
from tests.features.calls import Api

MARKER = "Zanzibar"
"""Stands in every text of the world, so that a leak shows."""


@attrs.frozen(kw_only=True)
class World:
    """The ids of one workspace, by the collection they are found under."""

    ids: dict[str, str]

    def path(self, route: str) -> str:
        """Return a route's path with this world's ids in place of its parameters.

        Raises:
            KeyError: the route has a parameter that nobody has put a record of here for.
        """
        walked: list[str] = []
        filled: list[str] = []
        for part in route.removeprefix("/api/v1/").split("/"):
            if part.startswith(":"):
                filled.append(self.ids["/".join(walked) + part])
            else:
                walked.append(part)
                filled.append(part)
        return "/" + "/".join(filled)


def build_world(api: Api) -> World:
    """Create one record of every kind, each with the marker in its texts."""
    found: dict[str, str] = {}

    def make(collection: str, path: str, body: Any, *, key: str = "data", parameter: str = "id", expected: int = 201) -> Any:
        status, answer = api.post(path, body)
        assert status == expected, answer
        record = answer[key] if key else answer
        found[f"{collection}:{parameter}"] = record["id"]
        return record

    me = api.get("/auth/me").body
    found["users:id"] = make(
        "users", "/users/invite", {"email": f"u{me['user']['id']}@zanzibar.example", "role": "member", "name": MARKER}
    )["id"]
    make("tags", "/tags", {"name": MARKER})
    make("teams", "/teams", {"name": MARKER, "memberIds": []})
    make("api-keys", "/api-keys", {"name": MARKER})
    make("custom-fields", "/custom-fields", {"name": MARKER, "key": "zanzibar", "type": "text", "entity": "contact"})
    company = make("companies", "/companies", {"name": f"{MARKER} Line"})
    contact = make("contacts", "/contacts", {"firstName": MARKER, "lastName": "Kim", "email": "kim@zanzibar.example", "tags": [MARKER]})
    found["contacts/tags:tagId"] = found["tags:id"]
    product = make("products", "/products", {"name": MARKER, "price": 10})
    pipeline = make("pipelines", "/pipelines", {"name": MARKER, "stages": [{"name": MARKER}]})
    found["pipelines/stages:stageId"] = pipeline["stages"][0]["id"]
    deal_body = {
        "name": MARKER,
        "value": 1,
        "pipelineId": pipeline["id"],
        "stageId": pipeline["stages"][0]["id"],
        "contactId": contact["id"],
    }
    deal = make("deals", "/deals", deal_body | {"companyId": company["id"]})
    make("tasks", "/tasks", {"title": MARKER, "contactId": contact["id"], "dealId": deal["id"]})
    make("notes", "/notes", {"content": MARKER, "contactId": contact["id"]})
    make("calls", "/calls", {"contactId": contact["id"], "direction": "inbound", "status": "missed", "notes": MARKER})
    line = {"description": MARKER, "quantity": 1, "unitPrice": 10, "productId": product["id"]}
    make("invoices", "/invoices", {"contactId": contact["id"], "items": [line], "notes": MARKER})
    calendar = make("calendars", "/calendars", {"name": MARKER, "timezone": "UTC"})
    slot = {"startTime": "2026-04-20T14:00:00Z", "endTime": "2026-04-20T14:30:00Z"}
    make("calendars/appointments", f"/calendars/{calendar['id']}/appointments", {"title": MARKER} | slot, parameter="appointmentId")
    make("calendars/booking-links", f"/calendars/{calendar['id']}/booking-links", {"title": MARKER}, parameter="linkId")
    message = {"contactId": contact["id"], "channel": "email", "body": MARKER, "subject": MARKER}
    make("messages", "/messages", message)
    template = make("emails/templates", "/emails/templates", {"name": MARKER, "subject": MARKER, "bodyHtml": f"<p>{MARKER}</p>"})
    drip = {"name": MARKER, "steps": [{"templateId": template["id"], "delayDays": 30}]}
    sequence = make("emails/sequences", "/emails/sequences", drip)
    assert api.post(f"/emails/sequences/{sequence['id']}/enroll", {"contactIds": [contact["id"]]}).body["enrolled"] == 1
    found["conversations:contactId"] = contact["id"]
    make("suppressions", "/suppressions", {"channel": "email", "address": "lea@zanzibar.example"})
    make("sender-identities", "/sender-identities", {"channel": "sms", "address": "+14155550199", "name": MARKER})
    hook = {"url": "https://hooks.example.org/Zanzibar", "active": False}
    webhook = make("webhooks", "/webhooks", {"events": ["custom.zanzibar"]} | hook)
    found["webhooks/deliveries:deliveryId"] = _delivered(api, me["workspace"]["id"], webhook["id"])
    make("automations", "/automations", {"name": MARKER, "trigger": "custom.zanzibar", "webhookUrl": hook["url"], "active": False})
    action = {"type": "create_task", "config": {"title": MARKER}}
    workflow = make("workflows", "/workflows", {"name": MARKER, "trigger": {"event": "custom.zanzibar"}, "actions": [action]})
    assert api.post(f"/workflows/{workflow['id']}/activate").status == 200
    assert api.post("/automations/events", {"event": "custom.zanzibar", "payload": {"of": MARKER}}).status == 202
    assert api.post(f"/workflows/{workflow['id']}/deactivate").status == 200
    found["workflows/runs:runId"] = api.get(f"/workflows/{workflow['id']}/runs").body["data"][0]["id"]
    form = make("forms", "/forms", {"name": MARKER, "fields": [{"key": "name", "label": MARKER, "type": "text"}]})
    assert api.post(f"/forms/{form['id']}/submissions", {"data": {"name": MARKER}}).status == 201
    status, accepted = api.post("/contacts/import", {"contacts": [{"firstName": MARKER, "lastName": "Import"}]})
    assert status == 202
    found["contacts/import:importId"] = accepted["importId"]
    status, accepted = api.post("/bulk/contacts/tag", {"ids": [contact["id"], MARKER], "tags": [MARKER]})
    assert status == 202
    found["bulk/jobs:jobId"] = accepted["jobId"]
    return World(ids=found)


def _delivered(api: Api, workspace: str, webhook: str) -> str:
    """Add a delivery as if it had been made, since nobody receives any."""
    with api.kit.unit_of_work(workspace) as unit:
        values: dict[str, Any] = {
            "event_id": "evt_z",
            "event_name": "custom.zanzibar",
            "message_id": "evt_z",
            "body": MARKER,
            "status": "delivered",
        }
        delivery = unit.repository(WEBHOOK_DELIVERY).create(webhook_id=webhook, **values)
    return delivery.id


BODIES: dict[str, Any] = {
    "POST /contacts/:id/tags": {"tags": ["x"]},
    "POST /pipelines/:id/stages": {"name": "x", "order": 1},
    "POST /invoices/:id/payments": {"amount": 1},
    "POST /calendars/:id/appointments": {"title": "x", "startTime": "2026-04-20T14:00:00Z", "endTime": "2026-04-20T15:00:00Z"},
    "POST /calendars/:id/booking-links": {"title": "x"},
    "POST /emails/templates/:id/preview": {"contactId": "x"},
    "POST /emails/sequences/:id/enroll": {"contactIds": ["x"]},
    "POST /emails/sequences/:id/unenroll": {"contactId": "x"},
    "POST /webhooks/:id/redeliver": {"since": "2026-04-20T14:00:00Z"},
}
"""What to send to operations on a record; others take an empty object."""

REFERENCES: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("/contacts", {"firstName": "A", "lastName": "B"}, "assignedTo", "users:id"),
    ("/contacts", {"firstName": "A", "lastName": "B"}, "companyId", "companies:id"),
    ("/tasks", {"title": "A"}, "contactId", "contacts:id"),
    ("/tasks", {"title": "A"}, "dealId", "deals:id"),
    ("/tasks", {"title": "A"}, "assignedTo", "users:id"),
    ("/notes", {"content": "A"}, "contactId", "contacts:id"),
    ("/notes", {"content": "A"}, "dealId", "deals:id"),
    ("/calls", {"direction": "inbound", "status": "missed"}, "contactId", "contacts:id"),
    ("/messages", {"channel": "sms", "body": "A"}, "contactId", "contacts:id"),
    ("/invoices", {"items": [{"description": "A", "quantity": 1, "unitPrice": 1}]}, "contactId", "contacts:id"),
)
"""(path, the rest of the body, the referring field, whose id to put there)."""
