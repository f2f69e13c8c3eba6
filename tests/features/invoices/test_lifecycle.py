import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import told, trail
from tests.features.sales import LINE, add_contact, add_invoice, refused

STATUSES = ("draft", "sent", "paid", "overdue", "void")


def act(api: Api, invoice: dict[str, Any], action: str, body: Any = None) -> int:
    return api.post(f"/invoices/{invoice['id']}/{action}", body).status


def in_status(api: Api, status: str, **more: Any) -> dict[str, Any]:
    """Return an invoice over 100.00 in a kept status."""
    invoice = add_invoice(api, **more)
    steps: dict[str, list[tuple[str, Any]]] = {"sent": [("send", None)], "paid": [("payments", {"amount": 100})], "void": [("void", None)]}
    for action, body in steps.get(status, []):
        assert act(api, invoice, action, body) in (200, 201)
    shown = api.get(f"/invoices/{invoice['id']}").body["data"]
    assert shown["status"] == status
    assert isinstance(shown, dict)
    return shown


def events(kit: Kit) -> list[str]:
    return [event.name for event in told(kit) if event.name.startswith(("invoice.", "payment.")) and not event.name.endswith("ated")]


def test_sending_answers_the_four_documented_keys(kit: Kit, api: Api) -> None:
    invoice = add_invoice(api)
    status, body = api.post(f"/invoices/{invoice['id']}/send")
    assert (status, list(body["data"])) == (200, ["id", "invoiceNumber", "status", "sentAt"])
    assert body["data"] == {"id": invoice["id"], "invoiceNumber": "INV-001", "status": "sent", "sentAt": "2026-03-15T10:30:00Z"}
    assert differences(documented("POST", "/invoices/:id/send").reply, body) == []
    (event,) = told(kit, "invoice.sent")
    url = event.data.pop("hostedUrl")
    assert "/i/" in url
    assert event.data == {
        "invoiceId": invoice["id"],
        "invoiceNumber": "INV-001",
        "contactId": invoice["contact"]["id"],
        "total": 100,
        "amountPaid": 0,
        "currency": "USD",
    }


def test_voiding_answers_the_time(kit: Kit, api: Api, clock: FrozenClock) -> None:
    invoice = add_invoice(api)
    clock.advance(dt.timedelta(hours=1))
    status, body = api.post(f"/invoices/{invoice['id']}/void")
    assert (status, body["data"]) == (
        200,
        {"id": invoice["id"], "invoiceNumber": "INV-001", "status": "void", "voidedAt": "2026-03-15T11:30:00Z"},
    )
    assert events(kit) == ["invoice.voided"]


@pytest.mark.parametrize(
    ("status", "action", "body", "allowed"),
    [
        ("draft", "send", None, True),
        ("sent", "send", None, False),
        ("paid", "send", None, False),
        ("void", "send", None, False),
        ("draft", "void", None, True),
        ("sent", "void", None, True),
        ("paid", "void", None, True),
        ("void", "void", None, False),
        ("draft", "payments", {"amount": 1}, True),
        ("sent", "payments", {"amount": 1}, True),
        ("paid", "payments", {"amount": 1}, False),
        ("void", "payments", {"amount": 1}, False),
        ("draft", "edit", {"notes": "x"}, True),
        ("sent", "edit", {"notes": "x"}, False),
        ("paid", "edit", {"notes": "x"}, False),
        ("void", "edit", {"notes": "x"}, False),
    ],
)
def test_what_may_happen_in_which_status(kit: Kit, api: Api, status: str, action: str, body: Any, allowed: bool) -> None:
    invoice = in_status(api, status)
    told_before, logged_before = events(kit), len(trail(kit))
    path = f"/invoices/{invoice['id']}"
    answer = api.patch(path, body) if action == "edit" else api.post(f"{path}/{action}", body)
    if allowed:
        assert answer.status == (201 if action == "payments" else 200)
        return
    assert (answer.status, answer.body["error"]["code"]) == (409, "conflict")
    assert api.get(path).body["data"] == invoice
    assert (events(kit), len(trail(kit))) == (told_before, logged_before)


def test_voided_invoice_that_was_paid_keeps_its_payments(api: Api) -> None:
    invoice = in_status(api, "paid")
    act(api, invoice, "void")
    left = api.get(f"/invoices/{invoice['id']}").body["data"]
    assert (left["status"], left["amountPaid"], left["payments"]) == ("void", 100, invoice["payments"])


def test_status_is_never_set_by_a_body(api: Api) -> None:
    invoice = add_invoice(api)
    body = {"status": "overdue", "total": 1, "amountPaid": 100, "payments": [], "invoiceNumber": "INV-777"}
    assert api.patch(f"/invoices/{invoice['id']}", body) == (200, {"data": invoice})


def test_overdue_is_shown_and_found_alike_on_every_day(api: Api, clock: FrozenClock) -> None:
    for status in ("draft", "sent", "paid", "void"):
        in_status(api, status, dueDate="2026-03-16")
    for now, sent in [
        ("2026-03-15T10:30:00", "sent"),
        ("2026-03-16T00:00:00", "sent"),
        ("2026-03-16T23:59:59", "sent"),
        ("2026-03-17T00:00:00", "overdue"),
        ("2027-01-01T00:00:00", "overdue"),
    ]:
        clock.move_to(dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC))
        listed = {invoice["id"]: invoice["status"] for invoice in api.get("/invoices").body["data"]}
        assert sorted(listed.values()) == sorted(["draft", sent, "paid", "void"])
        assert {id: api.get(f"/invoices/{id}").body["data"]["status"] for id in listed} == listed
        for status in STATUSES:
            body = api.get(f"/invoices?status={status}").body
            assert {invoice["id"] for invoice in body["data"]} == {id for id, shown in listed.items() if shown == status}
            assert body["meta"]["total"] == len(body["data"])
    assert api.get("/invoices?status=late").status == 400


def test_invoice_sent_after_its_due_date_is_overdue_in_every_answer(api: Api) -> None:
    invoice = add_invoice(api, dueDate="2026-03-01")
    assert api.post(f"/invoices/{invoice['id']}/send").body["data"]["status"] == "overdue"
    paid = api.post(f"/invoices/{invoice['id']}/payments", {"amount": 40}).body
    assert paid["invoice"]["status"] == "overdue"
    assert api.post(f"/invoices/{invoice['id']}/payments", {"amount": 60}).body["invoice"]["status"] == "paid"


def test_payment_answers_itself_and_the_balance(kit: Kit, api: Api) -> None:
    invoice = in_status(api, "sent")
    given = {"amount": 40.25, "method": "bank_transfer", "reference": "wire 7", "notes": "first part"}
    status, body = api.post(f"/invoices/{invoice['id']}/payments", given)
    assert (status, list(body)) == (201, ["data", "invoice"])
    assert body["data"] == {
        "id": body["data"]["id"],
        "invoiceId": invoice["id"],
        "recordedAt": "2026-03-15T10:30:00Z",
        "recordedBy": "usr_ada",
        **given,
    }
    assert body["data"]["id"].startswith("pay_")
    assert body["invoice"] == {"id": invoice["id"], "status": "sent", "total": 100, "amountPaid": 40.25}
    assert differences(documented("POST", "/invoices/:id/payments").reply, body) == []
    assert events(kit) == ["invoice.sent", "payment.recorded"]
    assert told(kit, "payment.recorded")[0].data == {
        "invoiceId": invoice["id"],
        "invoiceNumber": "INV-001",
        "contactId": invoice["contact"]["id"],
        "total": 100,
        "amountPaid": 40.25,
        "currency": "USD",
        "paymentId": body["data"]["id"],
        "amount": 40.25,
        "method": "bank_transfer",
    }


def test_last_payment_makes_the_invoice_paid_exactly_once(kit: Kit, api: Api, clock: FrozenClock) -> None:
    items = [{"description": "Mooring", "quantity": 1, "unitPrice": 2500}, {"description": "Power", "quantity": 3, "unitPrice": 499}]
    invoice = add_invoice(api, items=items, taxRate=0.0875)
    act(api, invoice, "send")
    assert (invoice["subtotal"], invoice["taxAmount"], invoice["total"]) == (3997, 349.74, 4346.74)
    act(api, invoice, "payments", {"amount": 2500})
    clock.advance(dt.timedelta(days=1))
    last = api.post(f"/invoices/{invoice['id']}/payments", {"amount": 1846.74}).body
    assert last["invoice"] == {"id": invoice["id"], "status": "paid", "total": 4346.74, "amountPaid": 4346.74}
    assert [payment["amount"] for payment in api.get(f"/invoices/{invoice['id']}/payments").body["data"]] == [2500, 1846.74]
    assert [payment["amount"] for payment in api.get(f"/invoices/{invoice['id']}").body["data"]["payments"]] == [2500, 1846.74]
    assert sorted(events(kit)) == ["invoice.paid", "invoice.sent", "payment.recorded", "payment.recorded"]
    assert told(kit, "invoice.paid")[0].data["amountPaid"] == 4346.74


@pytest.mark.parametrize(
    "amount", [0, -1, 100.01, 1e12, 0.001, 99.999, "100", None, 1e-30, True], ids=lambda amount: f"{type(amount).__name__} {amount}"
)
def test_wrong_amount_is_refused_and_nothing_is_recorded(kit: Kit, api: Api, amount: Any) -> None:
    invoice = in_status(api, "sent")
    assert refused(api.post(f"/invoices/{invoice['id']}/payments", {"amount": amount})) == (422, ["amount"])
    assert api.get(f"/invoices/{invoice['id']}").body["data"] == invoice
    assert events(kit) == ["invoice.sent"]


@pytest.mark.parametrize(
    ("change", "field"), [({"method": "crypto"}, "method"), ({"recordedBy": "usr_eve"}, "recordedBy"), ({"reference": 7}, "reference")]
)
def test_wrong_payment_field_is_refused(api: Api, change: dict[str, Any], field: str) -> None:
    invoice = in_status(api, "sent")
    assert refused(api.post(f"/invoices/{invoice['id']}/payments", {"amount": 1, **change})) == (422, [field])
    assert api.get(f"/invoices/{invoice['id']}/payments").body == {"data": []}


def test_payments_have_the_documented_shape_without_meta(api: Api) -> None:
    invoice = in_status(api, "sent")
    act(api, invoice, "payments", {"amount": 1})
    body = api.get(f"/invoices/{invoice['id']}/payments").body
    assert differences(documented("GET", "/invoices/:id/payments").reply, body) == []
    assert [list(payment) for payment in body["data"]] == [
        ["id", "invoiceId", "amount", "method", "reference", "notes", "recordedAt", "recordedBy"]
    ]


def test_payment_is_found_from_its_invoice(api: Api) -> None:
    invoice = add_invoice(api, contactId=add_contact(api)["id"])
    act(api, invoice, "payments", {"amount": 1})
    entries = api.get(f"/activities?entityType=invoice&entityId={invoice['id']}").body["data"]
    assert sorted((entry["entityType"], entry["action"]) for entry in entries) == [
        ("invoice", "created"),
        ("invoice", "updated"),
        ("payment", "created"),
    ]


def test_partly_paid_draft_never_falls_below_what_is_paid(api: Api) -> None:
    invoice = add_invoice(api)
    act(api, invoice, "payments", {"amount": 60})
    before = api.get(f"/invoices/{invoice['id']}").body["data"]
    assert refused(api.patch(f"/invoices/{invoice['id']}", {"items": [{**LINE, "unitPrice": 59.99}]})) == (422, ["items"])
    assert api.get(f"/invoices/{invoice['id']}").body["data"] == before


def test_draft_whose_new_total_is_what_is_paid_becomes_paid(kit: Kit, api: Api) -> None:
    invoice = add_invoice(api)
    act(api, invoice, "payments", {"amount": 60})
    assert api.patch(f"/invoices/{invoice['id']}", {"items": [{**LINE, "unitPrice": 60}]}).body["data"]["status"] == "paid"
    assert sorted(events(kit)) == ["invoice.paid", "payment.recorded"]
