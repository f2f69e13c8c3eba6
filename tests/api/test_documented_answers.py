import urllib.parse
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.api.documented import differences, documented
from tests.features.accounts import PASSWORD, Office
from tests.features.calls import Answer, Api
from tests.features.webhooks.receiver import calling_kit, receiving


class Replay:
    """Calls documented endpoints by their template and holds every answer against the documentation."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.seen: set[str] = set()

    def __call__(self, method: str, template: str, json: Any = None, *, query: str = "", status: int | None = None, **path: str) -> Any:
        endpoint = documented(method, template)
        target = template
        for name, value in path.items():
            target = target.replace(f":{name}", urllib.parse.quote(value, safe=""))
        answer = self._api.call(method, target + query, json)
        assert answer.status == (status or endpoint.success), answer
        if status is None and endpoint.reply is not None:
            assert differences(endpoint.reply, answer.body) == []
        if answer.status == 204:
            assert answer.body is None
        self.seen.add(str(endpoint))
        return answer.body


@pytest.fixture
def replay(api: Api) -> Replay:
    return Replay(api)


def test_contacts_answer_as_documented(api: Api, replay: Replay) -> None:
    me = api.get("/auth/me").body["user"]["id"]
    body = {
        "firstName": "Mira",
        "lastName": "Solberg",
        "email": "mira.solberg@fjord.example",
        "phone": "+4722856000",
        "company": "Fjord Line",
        "source": "referral",
        "tags": ["wholesale"],
        "assignedTo": me,
    }

    created = replay("POST", "/contacts", body)["data"]
    assert {key: created[key] for key in body} == body
    listed = replay("GET", "/contacts", query="?search=mira&limit=10&tag=wholesale&source=referral&assigned_to=" + me)
    assert [item["id"] for item in listed["data"]] == [created["id"]]
    assert listed["meta"] == {"page": 1, "limit": 10, "total": 1, "totalPages": 1}
    single = replay("GET", "/contacts/:id", id=created["id"])["data"]
    assert set(single) == {*listed["data"][0], "customFields"}
    changed = replay("PATCH", "/contacts/:id", {"company": "Fjord Cargo", "source": "fair"}, id=created["id"])["data"]
    assert (changed["company"], changed["source"], changed["firstName"]) == ("Fjord Cargo", "fair", "Mira")
    tagged = replay("POST", "/contacts/:id/tags", {"tags": ["vip", "spring"]}, id=created["id"])["data"]
    assert set(tagged["tags"]) == {"wholesale", "vip", "spring"}
    tag_id = next(tag["id"] for tag in api.get("/tags").body["data"] if tag["name"] == "vip")
    replay("DELETE", "/contacts/:id/tags/:tagId", id=created["id"], tagId=tag_id)
    assert set(api.get(f"/contacts/{created['id']}").body["data"]["tags"]) == {"wholesale", "spring"}
    accepted = replay("POST", "/contacts/import", {"contacts": [{"firstName": "Bo", "lastName": "Lind"}], "tags": ["list"]})
    assert (accepted["status"], accepted["total"], accepted["created"]) == ("processing", 1, 0)
    replay("DELETE", "/contacts/:id", id=created["id"])
    replay("GET", "/contacts/:id", status=404, id=created["id"])


def test_companies_answer_as_documented(api: Api, replay: Replay) -> None:
    body = {"name": "Fjord Line", "domain": "fjord.example", "industry": "Shipping", "size": "51-200", "address": {"city": "Bergen"}}

    created = replay("POST", "/companies", body)["data"]
    api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg", "company": "fjord line"})
    listed = replay("GET", "/companies", query="?search=fjord")
    assert listed["data"][0]["contactCount"] == 1
    single = replay("GET", "/companies/:id", id=created["id"])["data"]
    assert [contact["firstName"] for contact in single["contacts"]] == ["Mira"]
    replay("PATCH", "/companies/:id", {"size": "500+"}, id=created["id"])
    replay("DELETE", "/companies/:id", id=created["id"])
    assert api.get("/contacts").body["data"][0]["company"] == "fjord line"


def test_tags_answer_as_documented(replay: Replay) -> None:
    created = replay("POST", "/tags", {"name": "wholesale", "color": "#956EFA"})["data"]

    listed = replay("GET", "/tags")
    assert listed["data"] == [{"id": created["id"], "name": "wholesale", "color": "#956EFA", "contactCount": 0}]
    assert replay("GET", "/tags/:id", id=created["id"])["data"] == listed["data"][0]
    assert replay("PATCH", "/tags/:id", {"name": "retail"}, id=created["id"])["data"]["name"] == "retail"


def test_custom_fields_answer_as_documented(api: Api, replay: Replay) -> None:
    body = {"name": "Fleet size", "key": "fleet_size", "type": "number", "entity": "contact", "required": False}

    created = replay("POST", "/custom-fields", body)["data"]
    replay("GET", "/custom-fields", query="?entity=contact")
    contact = api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg", "customFields": {"fleet_size": 12}}).body["data"]
    assert contact["customFields"] == {"fleet_size": 12}
    replay("PATCH", "/custom-fields/:id", {"type": "text"}, status=422, id=created["id"])
    replay("PATCH", "/custom-fields/:id", {"name": "Ships"}, id=created["id"])
    replay("DELETE", "/custom-fields/:id", id=created["id"])
    assert api.get(f"/contacts/{contact['id']}").body["data"]["customFields"] == {}


def test_users_and_sessions_answer_as_documented(office: Office, api: Api, replay: Replay) -> None:
    invited = replay("POST", "/users/invite", {"email": "kai@fjord.example", "role": "member", "name": "Kai Berg"})["data"]
    assert invited["status"] == "invited"
    replay("GET", "/users")
    replay("GET", "/users/:id", id=invited["id"])
    assert replay("PATCH", "/users/:id", {"role": "viewer"}, id=invited["id"])["data"]["role"] == "viewer"
    replay("DELETE", "/users/:id", id=invited["id"])
    me = replay("GET", "/auth/me")
    assert me["workspace"]["memberCount"] == 1

    public = Replay(office.public)
    session = public("POST", "/auth/login", {"email": "ann@example.org", "password": PASSWORD})
    public("POST", "/auth/login", {"email": "ann@example.org", "password": "wrong wrong"}, status=401)
    other = {"name": "Eli", "email": "eli@fjord.example", "password": PASSWORD, "workspaceName": "Other"}
    public("POST", "/auth/register", other)
    later = Api(office.kit, session["token"])
    Replay(later)("POST", "/auth/logout")
    assert later.get("/auth/me").status == 401
    assert api.get("/auth/me").status == 200


def test_activities_answer_as_documented(api: Api, replay: Replay) -> None:
    contact = api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg"}).body["data"]
    api.patch(f"/contacts/{contact['id']}", {"source": "fair"})

    found = replay("GET", "/activities", query=f"?entityType=contact&entityId={contact['id']}")

    assert [(entry["action"], entry["changes"]) for entry in found["data"]] == [
        ("updated", {"source": {"from": None, "to": "fair"}}),
        ("created", None),
    ]


def test_pipelines_and_deals_answer_as_documented(api: Api, replay: Replay) -> None:
    stages = [{"name": "Lead", "order": 1, "probability": 0.1}, {"name": "Offer", "order": 2, "probability": 0.6}]
    pipeline = replay("POST", "/pipelines", {"name": "Charter", "stages": stages})["data"]
    assert (pipeline["id"], [stage["id"] for stage in pipeline["stages"]]) == ("pipe_charter", ["stage_lead", "stage_offer"])
    contact = api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg"}).body["data"]
    company = api.post("/companies", {"name": "Fjord Line"}).body["data"]
    body = {
        "name": "Summer charter",
        "value": 42000,
        "pipelineId": pipeline["id"],
        "stageId": "stage_lead",
        "contactId": contact["id"],
        "companyId": company["id"],
        "assignedTo": api.get("/auth/me").body["user"]["id"],
        "expectedCloseDate": "2026-09-15",
    }

    deal = replay("POST", "/deals", body)["data"]
    assert (deal["currency"], deal["probability"], deal["status"]) == ("USD", 0.1, "open")
    listed = replay("GET", "/deals", query=f"?pipelineId={pipeline['id']}&stageId=stage_lead&status=open")
    assert [item["id"] for item in listed["data"]] == [deal["id"]]
    single = replay("GET", "/deals/:id", id=deal["id"])["data"]
    assert (single["pipeline"]["name"], single["stage"]["name"], single["contact"]["id"], single["company"]["name"]) == (
        "Charter",
        "Lead",
        contact["id"],
        "Fjord Line",
    )
    assert replay("GET", "/pipelines")["data"][0]["totalValue"] == 42000
    moved = replay("PATCH", "/deals/:id", {"stageId": "stage_offer", "value": 48000}, id=deal["id"])["data"]
    assert (moved["probability"], moved["value"]) == (0.6, 48000)
    replay("GET", "/pipelines/:id", id=pipeline["id"])
    added = replay("POST", "/pipelines/:id/stages", {"name": "Signed", "order": 3, "probability": 1.0}, id=pipeline["id"])["data"]
    replay("PATCH", "/pipelines/:id/stages/:stageId", {"order": 1}, id=pipeline["id"], stageId=added["id"])
    order = [stage["id"] for stage in replay("GET", "/pipelines/:id/stages", id=pipeline["id"])["data"]]
    assert order == ["stage_signed", "stage_lead", "stage_offer"]
    assert replay("PATCH", "/pipelines/:id", {"name": "Charters"}, id=pipeline["id"])["data"]["id"] == "pipe_charter"


def test_tasks_notes_and_calls_answer_as_documented(api: Api, replay: Replay) -> None:
    contact = api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg"}).body["data"]["id"]
    me = api.get("/auth/me").body["user"]["id"]

    body = {"title": "Send offer", "dueDate": "2030-04-20T17:00:00Z", "priority": "high", "contactId": contact, "assignedTo": me}
    task = replay("POST", "/tasks", body)["data"]
    replay("GET", "/tasks", query=f"?status=pending&assignedTo={me}&contactId={contact}&due_before=2031-01-01")
    replay("GET", "/tasks/:id", id=task["id"])
    assert replay("PATCH", "/tasks/:id", {"status": "completed"}, id=task["id"])["data"]["status"] == "completed"

    note = replay("POST", "/notes", {"content": "Likes **blue**.", "contactId": contact})["data"]
    assert note["createdBy"] == me
    replay("GET", "/notes", query=f"?contactId={contact}")
    replay("GET", "/notes/:id", id=note["id"])
    replay("PATCH", "/notes/:id", {"content": "Likes green."}, id=note["id"])

    logged = {"contactId": contact, "direction": "outbound", "status": "completed", "duration": 342, "startedAt": "2026-04-18T15:30:00Z"}
    call = replay("POST", "/calls", logged)["data"]
    assert call["endedAt"] == "2026-04-18T15:35:42Z"
    listed = replay("GET", "/calls", query=f"?direction=outbound&status=completed&after=2026-04-01&contactId={contact}&userId={me}")
    assert [item["id"] for item in listed["data"]] == [call["id"]]
    replay("GET", "/calls/:id", id=call["id"])
    replay("PATCH", "/calls/:id", {"notes": "Will sign."}, id=call["id"])


def test_products_and_invoices_answer_as_documented(api: Api, replay: Replay) -> None:
    contact = api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg"}).body["data"]["id"]
    product = replay("POST", "/products", {"name": "Mooring", "price": 2500.00, "sku": "MOOR-1", "unit": "month", "taxable": True})["data"]
    replay("GET", "/products", query="?active=true&search=MOOR")
    replay("GET", "/products/:id", id=product["id"])
    replay("PATCH", "/products/:id", {"price": 2750.00}, id=product["id"])
    items = [
        {"description": "Mooring", "quantity": 1, "unitPrice": 2500.00, "productId": product["id"]},
        {"description": "Power", "quantity": 3, "unitPrice": 499.00},
    ]

    invoice = replay("POST", "/invoices", {"contactId": contact, "items": items, "taxRate": 0.0875, "dueDate": "2030-05-19"})["data"]
    assert (invoice["invoiceNumber"], invoice["subtotal"], invoice["taxAmount"], invoice["total"]) == ("INV-001", 3997, 349.74, 4346.74)
    replay("PATCH", "/invoices/:id", {"dueDate": "2030-06-01", "notes": "Thank you"}, id=invoice["id"])
    replay("POST", "/invoices/:id/send", id=invoice["id"])
    replay("PATCH", "/invoices/:id", {"notes": "late"}, status=409, id=invoice["id"])
    replay("POST", "/invoices/:id/payments", {"amount": 2500.00, "method": "bank_transfer", "reference": "wire 1"}, id=invoice["id"])
    paid = replay("POST", "/invoices/:id/payments", {"amount": 1846.74, "method": "credit_card"}, id=invoice["id"])
    assert paid["invoice"] == {"id": invoice["id"], "status": "paid", "total": 4346.74, "amountPaid": 4346.74}
    assert len(replay("GET", "/invoices/:id/payments", id=invoice["id"])["data"]) == 2
    single = replay("GET", "/invoices/:id", id=invoice["id"])["data"]
    assert len(single["payments"]) == 2
    listed = replay("GET", "/invoices", query=f"?status=paid&contactId={contact}&due_after=2030-01-01&due_before=2031-01-01")
    assert [item["id"] for item in listed["data"]] == [invoice["id"]]
    assert not {"items", "payments", "notes"} & set(listed["data"][0])
    replay("POST", "/invoices/:id/void", id=invoice["id"])
    replay("DELETE", "/products/:id", id=product["id"])


def test_bulk_operations_answer_as_documented(api: Api, replay: Replay) -> None:
    contacts = [api.post("/contacts", {"firstName": "Mira", "lastName": name}).body["data"]["id"] for name in ("Solberg", "Kim", "Lind")]
    me = api.get("/auth/me").body["user"]["id"]
    pipeline = api.post("/pipelines", {"name": "Charter", "stages": [{"name": "Lead"}]}).body["data"]
    deal_body = {"name": "Summer charter", "value": 42000, "pipelineId": pipeline["id"], "stageId": "stage_lead"}
    deal = api.post("/deals", deal_body).body["data"]["id"]

    accepted = replay("POST", "/bulk/contacts/update", {"ids": contacts, "updates": {"source": "fair-2026", "assignedTo": me}})
    assert accepted == {"jobId": accepted["jobId"], "status": "processing", "total": 3, "processed": 0, "errors": 0}
    tagged = replay("POST", "/bulk/contacts/tag", {"ids": contacts[:2], "tags": ["harbour"]})
    updated = replay("POST", "/bulk/deals/update", {"ids": [deal], "updates": {"status": "won"}})
    for job, total in ((accepted, 3), (tagged, 2), (updated, 1)):
        done = {"jobId": job["jobId"], "status": "completed", "total": total, "processed": total, "errors": 0, "errorDetails": []}
        assert api.get(f"/bulk/jobs/{job['jobId']}").body == done
    found = {contact["id"]: contact for contact in api.get("/contacts").body["data"]}
    assert [(found[id]["source"], found[id]["assignedTo"], found[id]["tags"]) for id in contacts] == [
        ("fair-2026", me, ["harbour"]),
        ("fair-2026", me, ["harbour"]),
        ("fair-2026", me, []),
    ]
    assert api.get(f"/deals/{deal}").body["data"]["status"] == "won"
    replay("POST", "/bulk/contacts/delete", {"ids": [*contacts[:2], "unknown"]})
    assert [contact["id"] for contact in api.get("/contacts").body["data"]] == contacts[2:]


def test_dashboard_answers_as_documented(api: Api, replay: Replay) -> None:
    api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg"})
    pipeline = api.post("/pipelines", {"name": "Charter", "stages": [{"name": "Lead"}]}).body["data"]
    for value, status in ((42000, "open"), (1000, "won"), (500, "lost"), (700, "lost")):
        api.post("/deals", {"name": "Charter", "value": value, "status": status, "pipelineId": pipeline["id"], "stageId": "stage_lead"})
    api.post("/tasks", {"title": "Send offer"})

    found = replay("GET", "/dashboard/stats")

    assert found == {
        "contacts": {"total": 1, "new": 1, "trend": 0},
        "deals": {"open": 1, "totalValue": 42000, "wonThisPeriod": 1, "wonValue": 1000, "winRate": 0.33},
        "tasks": {"pending": 1, "overdue": 0, "completedThisPeriod": 0},
        "messages": {"sent": 0, "received": 0, "responseRate": 0},
        "period": "30d",
    }
    assert replay("GET", "/dashboard/stats", query="?period=ytd") == found | {"period": "ytd"}
    replay("GET", "/dashboard/stats", query="?period=1y", status=400)


def test_billing_answers_as_documented(api: Api, replay: Replay) -> None:
    api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg"})
    pages = {"successUrl": "https://shop.example/paid", "cancelUrl": "https://shop.example/back"}

    checkout = replay("POST", "/billing/checkout", {"plan": "standard", "interval": "monthly", **pages})
    assert list(checkout) == ["checkoutUrl", "sessionId"]
    assert checkout["checkoutUrl"].endswith(checkout["sessionId"])
    assert replay("POST", "/billing/checkout", {"plan": "standard", **pages}) == checkout
    assert list(replay("POST", "/billing/portal")) == ["portalUrl"]
    assert replay("GET", "/billing/status") == {
        "plan": "starter",
        "status": "none",
        "interval": None,
        "currentPeriodEnd": None,
        "seats": {"used": 1, "included": 3},
        "usage": {"contacts": 1, "smsMessages": 0, "emailMessages": 0},
    }
    replay("POST", "/billing/checkout", {"plan": "gold", **pages}, status=422)
    replay("POST", "/billing/checkout", {"plan": "standard"}, status=422)


def test_messages_and_conversations_answer_as_documented(api: Api, replay: Replay) -> None:
    person = {"firstName": "Sarah", "lastName": "Kim", "email": "sarah@fjord.example", "phone": "+4722856000"}
    contact = api.post("/contacts", person).body["data"]["id"]
    text = "Hi Sarah, your proposal is ready. Let us know if you have questions!"

    sms = replay("POST", "/messages", {"contactId": contact, "channel": "sms", "body": text})["data"]
    assert list(sms) == ["id", "contactId", "channel", "direction", "body", "status", "sentAt"]
    replay("POST", "/messages", {"contactId": contact, "channel": "email", "body": "<p>Hi</p>", "subject": "Proposal"})
    replay("POST", "/messages", {"contactId": contact, "channel": "email", "body": "<p>Hi</p>"}, status=422)
    replay("POST", "/messages", {"contactId": "unknown", "channel": "sms", "body": text}, status=422)

    listed = replay("GET", "/messages", query=f"?contactId={contact}&channel=sms&direction=outbound")
    assert [message["id"] for message in listed["data"]] == [sms["id"]]
    assert replay("GET", "/messages", query="?direction=inbound")["data"] == []
    threads = replay("GET", "/conversations")
    assert [(thread["contactName"], thread["lastMessage"], thread["lastChannel"]) for thread in threads["data"]] == [
        ("Sarah Kim", "Hi", "email")
    ]
    thread = replay("GET", "/conversations/:contactId", contactId=contact)["data"]
    assert [message["channel"] for message in thread["messages"]] == ["sms", "email"]
    replay("GET", "/conversations/:contactId", status=404, contactId="unknown")


def test_webhooks_answer_as_documented(office: Office, api: Api, replay: Replay) -> None:
    body = {"url": "https://hooks.fjord.example/conduyt", "events": ["contact.created", "deal.created", "deal.stage_changed"]}

    created = replay("POST", "/webhooks", body | {"active": False})["data"]
    assert created["secret"].startswith("whsec_")
    listed = replay("GET", "/webhooks")["data"]
    assert listed == [created | {"secret": "whsec_..."}]
    single = replay("GET", "/webhooks/:id", id=created["id"])["data"]
    assert single == listed[0] | {"deliveries": []}
    assert replay("PATCH", "/webhooks/:id", {"events": ["custom.*"]}, id=created["id"])["data"]["events"] == ["custom.*"]
    replay("POST", "/webhooks", {**body, "events": []}, status=422)
    replay("POST", "/webhooks", {**body, "url": "http://hooks.fjord.example/"}, status=422)
    replay("DELETE", "/webhooks/:id", id=created["id"])
    replay("GET", "/webhooks/:id", status=404, id=created["id"])


def test_webhook_test_answers_as_documented(tmp_path: Path) -> None:
    with receiving() as receiver, calling_kit(tmp_path, None) as kit:
        api = Api(kit, "admin-ws_a")
        replay = Replay(api)
        webhook = replay("POST", "/webhooks", {"url": receiver.url, "events": ["contact.created"]})["data"]
        assert replay("POST", "/webhooks/:id/test", id=webhook["id"])["event"] == "test.ping"
        receiver.answer(500)
        assert replay("POST", "/webhooks/:id/test", status=502, id=webhook["id"])["error"]["code"] == "delivery_failed"


def test_automations_answer_as_documented(replay: Replay) -> None:
    body = {"name": "New lead", "trigger": "contact.created", "webhookUrl": "https://n8n.fjord.example/webhook/abc123", "active": False}

    created = replay("POST", "/automations", body)["data"]
    assert created == {"id": created["id"], **body, "lastTriggered": None, "runCount": 0}
    assert replay("GET", "/automations")["data"] == [created]
    assert replay("GET", "/automations/:id", id=created["id"])["data"] == created | {"runs": []}
    replay("GET", "/automations/:id", status=404, id="auto_nothing")
    payload = {"contactId": "550e8400-...", "score": 85, "reason": "Visited pricing page 3 times"}
    accepted = replay("POST", "/automations/events", {"event": "custom.lead_scored", "payload": payload})
    assert accepted == {"event": "custom.lead_scored", "status": "accepted", "triggered": 0}


def test_email_templates_and_sequences_answer_as_documented(api: Api, replay: Replay) -> None:
    body = {
        "name": "Welcome",
        "subject": "Welcome to {{workspace.name}}, {{contact.firstName}}!",
        "bodyHtml": "<h1>Welcome aboard, {{contact.firstName}}!</h1><p>We are glad to have {{contact.company}} as a client...</p>",
    }

    template = replay("POST", "/emails/templates", body)["data"]
    assert template["bodyText"] == "Welcome aboard, {{contact.firstName}}! We are glad to have {{contact.company}} as a client..."
    assert template["mergeFields"] == ["contact.firstName", "contact.company", "workspace.name"]
    assert [item["id"] for item in replay("GET", "/emails/templates", query="?search=welcome")["data"]] == [template["id"]]
    replay("GET", "/emails/templates/:id", id=template["id"])
    replay("PATCH", "/emails/templates/:id", {"subject": "Next steps for {{contact.company}}"}, id=template["id"])
    steps = [{"templateId": template["id"], "delayDays": 0, "subject": "Hi!"}, {"templateId": template["id"], "delayDays": 5}]
    sequence = replay("POST", "/emails/sequences", {"name": "Trial Nurture Sequence", "steps": steps})["data"]
    assert [step["subject"] for step in sequence["steps"]] == ["Hi!", "Next steps for {{contact.company}}"]
    contact = api.post("/contacts", {"firstName": "Marcus", "lastName": "Reeves", "email": "marcus@reeves.example"}).body["data"]["id"]
    path = {"id": sequence["id"]}
    answer = replay("POST", "/emails/sequences/:id/enroll", {"contactIds": [contact, contact]}, **path)
    assert (answer["enrolled"], answer["skipped"]) == (1, 1)
    assert answer["details"][1] == {"contactId": contact, "status": "skipped", "reason": "already_enrolled"}
    listed = replay("GET", "/emails/sequences/:id/enrollments", query="?status=active", **path)["data"]
    assert listed[0]["contact"] == {"firstName": "Marcus", "lastName": "Reeves", "email": "marcus@reeves.example"}
    assert replay("GET", "/emails/sequences")["data"][0]["activeCount"] == 1
    replay("DELETE", "/emails/templates/:id", status=409, id=template["id"])
    assert replay("POST", "/emails/sequences/:id/unenroll", {"contactId": contact}, **path) == {
        "contactId": contact,
        "status": "unenrolled",
    }
    replay("POST", "/emails/sequences/:id/unenroll", {"contactId": contact}, status=404, **path)
    assert replay("PATCH", "/emails/sequences/:id", {"status": "inactive"}, **path)["data"]["status"] == "inactive"
    replay("GET", "/emails/sequences/:id", **path)
    replay("DELETE", "/emails/templates/:id", id=template["id"])


def test_workflows_answer_as_documented(api: Api, replay: Replay) -> None:
    template = api.post("/emails/templates", {"name": "Thanks", "subject": "Thank you", "bodyHtml": "<p>Thank you</p>"}).body["data"]["id"]
    send = {"type": "send_email", "config": {"templateId": template, "delay": 0}}
    task = {"type": "create_task", "config": {"title": "Schedule kickoff call", "dueDays": 2, "assignTo": "deal.owner"}}
    body = {
        "name": "Deal Won",
        "description": "Thanks and a task when a deal is won",
        "trigger": {"event": "deal.stage_changed", "conditions": {"stageName": "Signed"}},
        "actions": [send, task],
    }

    created = replay("POST", "/workflows", body)["data"]
    assert created["status"] == "inactive"
    activated = replay("POST", "/workflows/:id/activate", id=created["id"])["data"]
    assert activated == {"id": created["id"], "name": "Deal Won", "status": "active", "activatedAt": activated["activatedAt"]}
    replay("POST", "/workflows/:id/activate", status=409, id=created["id"])
    replay("DELETE", "/workflows/:id", status=409, id=created["id"])
    contact = api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg", "email": "mira@fjord.example"}).body["data"]["id"]
    pipeline = api.post("/pipelines", {"name": "Charter", "stages": [{"name": "Offer"}, {"name": "Signed"}]}).body["data"]
    stages = [stage["id"] for stage in pipeline["stages"]]
    deal = {"name": "Summer", "value": 18500, "pipelineId": pipeline["id"], "stageId": stages[0], "contactId": contact}
    deal_id = api.post("/deals", deal).body["data"]["id"]
    api.patch(f"/deals/{deal_id}", {"stageId": stages[1]})

    listed = replay("GET", "/workflows/:id/runs", query="?status=success&limit=10", id=created["id"])["data"]
    run = replay("GET", "/workflows/:id/runs/:runId", id=created["id"], runId=listed[0]["id"])["data"]
    assert [(action["type"], action["status"]) for action in run["actions"]] == [("send_email", "success"), ("create_task", "success")]
    assert run["actions"][0]["result"]["recipient"] == "mira@fjord.example"
    assert (listed[0]["triggerData"], run["triggerData"]["dealValue"]) == (
        {"dealId": deal_id, "dealName": "Summer", "newStage": "Signed"},
        18500,
    )
    assert replay("GET", "/workflows", query="?status=active")["data"][0]["runCount"] == 1
    assert replay("GET", "/workflows/:id", id=created["id"])["data"]["trigger"] == body["trigger"]
    assert replay("PATCH", "/workflows/:id", {"name": "Onboarding"}, id=created["id"])["data"]["status"] == "active"
    replay("POST", "/workflows", {**body, "actions": []}, status=422)
    replay("POST", "/workflows/:id/deactivate", id=created["id"])
    replay("DELETE", "/workflows/:id", id=created["id"])
    replay("GET", "/workflows/:id/runs", status=404, id=created["id"])


def test_forms_answer_as_documented(api: Api, replay: Replay) -> None:
    body: dict[str, Any] = {
        "name": "Free Consultation Request",
        "description": "Landing page form for consultation signups",
        "fields": [
            {"key": "name", "label": "Full Name", "type": "text", "required": True},
            {"key": "email", "label": "Email Address", "type": "email", "required": True},
            {"key": "phone", "label": "Phone", "type": "phone", "required": False},
        ],
        "settings": {"redirectUrl": "https://fjord.example/thank-you", "notifyEmails": ["desk@fjord.example"], "autoTag": "lead"},
    }

    created = replay("POST", "/forms", body)["data"]
    assert {key: created[key] for key in body} == body
    data = {"name": "Elena Vasquez", "email": "elena@lumina.example", "phone": "+13055557788", "service": "Data Migration"}
    made = replay("POST", "/forms/:id/submissions", {"data": data}, id=created["id"])["data"]
    assert made["data"] == data
    assert api.get(f"/contacts/{made['contactId']}").body["data"]["tags"] == ["lead"]
    replay("POST", "/forms/:id/submissions", {"data": {}}, status=422, id=created["id"])
    assert replay("GET", "/forms/:id/submissions", query="?limit=25", id=created["id"])["data"] == [made]
    assert replay("GET", "/forms", query="?search=consultation")["data"][0]["submissionCount"] == 1
    changed = replay("PATCH", "/forms/:id", {"name": "Updated", "settings": {"autoTag": "hot-lead"}}, id=created["id"])["data"]
    assert changed["settings"] == {**body["settings"], "autoTag": "hot-lead"}
    assert replay("GET", "/forms/:id", id=created["id"])["data"] == changed
    replay("DELETE", "/forms/:id", id=created["id"])
    replay("GET", "/forms/:id/submissions", status=404, id=created["id"])
    assert api.get(f"/contacts/{made['contactId']}").status == 200


def test_ids_of_any_form_work_everywhere(office: Office, api: Api) -> None:
    from conduyt_kit.features.contacts import Contacts

    workspace = api.get("/auth/me").body["workspace"]["id"]
    with office.kit.unit_of_work(workspace) as unit:
        unit[Contacts].create(id="con_8f14e45f", first_name="Sarah", last_name="Kim")

    answers: list[Answer] = [
        api.get("/contacts/con_8f14e45f"),
        api.post("/tasks", {"title": "Call", "contactId": "con_8f14e45f"}),
        api.get("/notes?contactId=con_8f14e45f"),
    ]

    assert [answer.status for answer in answers] == [200, 201, 200]
    assert answers[1].body["data"]["contactId"] == "con_8f14e45f"


def test_contact_answers_to_its_alias(api: Api) -> None:
    contact = api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg"}).body["data"]["id"]

    assert api.get(f"/contacts/con_{contact}").body["data"]["id"] == contact
    assert api.post("/notes", {"content": "x", "contactId": f"con_{contact}"}).body["data"]["contactId"] == contact
    assert len(api.get(f"/notes?contactId=con_{contact}").body["data"]) == 1


def test_fetched_record_may_be_sent_back(api: Api) -> None:
    contact = api.post("/contacts", {"firstName": "Mira", "lastName": "Solberg", "tags": ["a"]}).body["data"]

    assert api.patch(f"/contacts/{contact['id']}", contact).status == 200
    assert msgspec.json.encode(api.get(f"/contacts/{contact['id']}").body["data"]) == msgspec.json.encode(contact)
