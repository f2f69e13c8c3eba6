import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import told, trail
from tests.features.sales import LINE, add_contact, add_invoice, made, refused

SUMMARY = [
    "id",
    "invoiceNumber",
    "status",
    "contact",
    "subtotal",
    "taxRate",
    "taxAmount",
    "total",
    "amountPaid",
    "dueDate",
    "createdAt",
    "updatedAt",
]
DETAIL = [*SUMMARY[:4], "items", *SUMMARY[4:10], "notes", "payments", *SUMMARY[10:]]


def test_invoice_is_created_as_a_draft_in_the_documented_shape(api: Api) -> None:
    contact = add_contact(api)
    product = made(api, "/products", {"name": "Mooring", "price": 2500})
    items = [
        {"description": "Mooring", "quantity": 2, "unitPrice": 2500, "productId": product["id"]},
        {"description": "Power", "quantity": 1.5, "unitPrice": 33.333},
    ]
    invoice = add_invoice(api, contactId=contact["id"], items=items, taxRate=0.0875, notes="Thank you")
    assert sorted(invoice) == sorted(DETAIL)
    assert invoice == {
        "id": invoice["id"],
        "invoiceNumber": "INV-001",
        "status": "draft",
        "contact": {"id": contact["id"], "firstName": "Mira", "lastName": "Solberg"},
        "items": [
            {"id": "li_001", "description": "Mooring", "quantity": 2, "unitPrice": 2500, "amount": 5000},
            {"id": "li_002", "description": "Power", "quantity": 1.5, "unitPrice": 33.333, "amount": 50},
        ],
        "subtotal": 5050,
        "taxRate": 0.0875,
        "taxAmount": 441.88,
        "total": 5491.88,
        "amountPaid": 0,
        "dueDate": "2026-04-14",
        "notes": "Thank you",
        "payments": [],
        "createdAt": "2026-03-15T10:30:00Z",
        "updatedAt": "2026-03-15T10:30:00Z",
    }
    assert invoice["id"].startswith("inv_")
    assert api.get(f"/invoices/{invoice['id']}").body["data"] == invoice
    assert differences(documented("POST", "/invoices").reply, {"data": invoice}) == []


def test_list_leaves_out_items_payments_and_notes(api: Api, clock: FrozenClock) -> None:
    add_invoice(api)
    clock.advance(dt.timedelta(seconds=1))
    add_invoice(api)
    body = api.get("/invoices").body
    assert [(list(invoice), invoice["invoiceNumber"]) for invoice in body["data"]] == [(SUMMARY, "INV-002"), (SUMMARY, "INV-001")]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert differences(documented("GET", "/invoices").reply, body) == []


def test_numbers_run_per_workspace_and_are_given_back_by_failures(api: Api, other_api: Api) -> None:
    assert add_invoice(api)["invoiceNumber"] == "INV-001"
    assert refused(api.post("/invoices", {"contactId": "nothing", "items": [LINE]})) == (422, ["contactId"])
    assert refused(api.post("/invoices", {"contactId": add_contact(api)["id"], "items": [{**LINE, "productId": "x"}]})) == (
        422,
        ["items[0].productId"],
    )
    assert add_invoice(api)["invoiceNumber"] == "INV-002"
    assert add_invoice(other_api)["invoiceNumber"] == "INV-001"


def test_numbers_have_three_digits_at_least_and_are_never_reused(kit: Kit, api: Api) -> None:
    with kit.unit_of_work("ws_a") as unit:
        for _ in range(998):
            unit.next_number("invoice")
    first = add_invoice(api)
    assert first["invoiceNumber"] == "INV-999"
    api.post(f"/invoices/{first['id']}/void")
    assert add_invoice(api)["invoiceNumber"] == "INV-1000"


def test_tax_rate_and_currency_default_to_the_workspace(api: Api) -> None:
    assert (add_invoice(api)["taxRate"], add_invoice(api)["taxAmount"]) == (0, 0)
    assert api.patch("/workspace", {"defaultTaxRate": 0.0825}).status == 200
    invoice = add_invoice(api)
    assert (invoice["taxRate"], invoice["taxAmount"], invoice["total"]) == (0.0825, 8.25, 108.25)
    assert add_invoice(api, taxRate=0)["total"] == 100


@pytest.mark.parametrize(
    ("now", "due"), [("2026-04-19T00:00:00", "2026-05-19"), ("2026-04-19T23:59:59", "2026-05-19"), ("2024-01-31T12:00:00", "2024-03-01")]
)
def test_due_date_defaults_to_30_days(api: Api, clock: FrozenClock, now: str, due: str) -> None:
    clock.move_to(dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC))
    assert add_invoice(api)["dueDate"] == due


@pytest.mark.parametrize(("given", "kept"), [("2026-05-19", "2026-05-19"), ("2026-05-19T23:30:00-05:00", "2026-05-20")])
def test_due_date_is_a_date_in_both_directions(api: Api, given: str, kept: str) -> None:
    assert add_invoice(api, dueDate=given)["dueDate"] == kept


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"contactId": "nothing"}, ["contactId"]),
        ({"contactId": None}, ["contactId"]),
        ({"items": []}, ["items"]),
        ({"items": [LINE] * 501}, ["items"]),
        ({"items": [{**LINE, "quantity": 0}]}, ["items[0].quantity"]),
        ({"items": [{**LINE, "quantity": -1}]}, ["items[0].quantity"]),
        ({"items": [{**LINE, "quantity": 0.00001}]}, ["items[0].quantity"]),
        ({"items": [LINE, {**LINE, "unitPrice": -0.01}]}, ["items[1].unitPrice"]),
        ({"items": [{**LINE, "unitPrice": "100"}]}, ["items[0].unitPrice"]),
        ({"items": [{**LINE, "description": " "}]}, ["items[0].description"]),
        ({"items": [{**LINE, "discount": 1}]}, ["items[0].discount"]),
        ({"items": [LINE, {**LINE, "productId": "nothing"}]}, ["items[1].productId"]),
        ({"items": [{**LINE, "quantity": 1e9, "unitPrice": 1e9}]}, ["items"]),
        ({"items": [{**LINE, "quantity": 1000, "unitPrice": 1e9}] * 2}, ["items"]),
        ({"taxRate": 1.01}, ["taxRate"]),
        ({"taxRate": -0.1}, ["taxRate"]),
        ({"dueDate": "2026-13-01"}, ["dueDate"]),
        ({"dueDate": 20260519}, ["dueDate"]),
        ({"currency": "EUR"}, ["currency"]),
        ({"sentAt": "2026-03-15T10:30:00Z"}, ["sentAt"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_wrong_field_is_named_and_nothing_changes(kit: Kit, api: Api, method: str, change: dict[str, Any], fields: list[str]) -> None:
    contact = add_contact(api)["id"]
    invoice = add_invoice(api, contactId=contact)
    path = "/invoices" if method == "POST" else f"/invoices/{invoice['id']}"
    body = {"contactId": contact, "items": [LINE], **change} if method == "POST" else change
    assert refused(api.call(method, path, body)) == (422, fields)
    assert api.get(f"/invoices/{invoice['id']}").body["data"] == invoice
    assert len(trail(kit, entity_type="invoice")) == 1
    assert [event.name for event in told(kit, "invoice.")] == ["invoice.created"]
    assert add_invoice(api)["invoiceNumber"] == "INV-002"


def test_read_only_fields_are_not_taken_at_creation(api: Api) -> None:
    body = {"contactId": add_contact(api)["id"], "items": [LINE], "status": "paid", "total": 1, "amountPaid": 100, "invoiceNumber": "X"}
    assert refused(api.post("/invoices", body)) == (422, ["amountPaid", "invoiceNumber", "status", "total"])
    assert api.get("/invoices").body["data"] == []


def test_draft_is_changed_and_its_totals_follow(kit: Kit, api: Api, clock: FrozenClock) -> None:
    invoice = add_invoice(api, taxRate=0.1)
    clock.advance(dt.timedelta(minutes=5))
    given = {"items": [{**LINE, "quantity": 3}], "taxRate": 0.2, "dueDate": "2026-06-01", "notes": "Soon"}
    status, body = api.patch(f"/invoices/{invoice['id']}", given)
    assert (status, body["data"]) == (
        200,
        {
            **invoice,
            "items": [{**invoice["items"][0], "quantity": 3, "amount": 300}],
            "subtotal": 300,
            "taxRate": 0.2,
            "taxAmount": 60,
            "total": 360,
            "dueDate": "2026-06-01",
            "notes": "Soon",
            "updatedAt": "2026-03-15T10:35:00Z",
        },
    )
    (entry,) = trail(kit, entity_type="invoice", action="updated")
    assert entry.changes is not None
    assert entry.changes["total"] == {"from": 110, "to": 360}
    assert api.patch(f"/invoices/{invoice['id']}", {"notes": None}).body["data"]["notes"] is None


def test_draft_can_be_made_out_to_another_contact(api: Api) -> None:
    invoice, other = add_invoice(api), add_contact(api, firstName="Bo", lastName="Lind")
    changed = api.patch(f"/invoices/{invoice['id']}", {"contactId": other["id"]}).body["data"]
    assert changed["contact"] == {"id": other["id"], "firstName": "Bo", "lastName": "Lind"}


def test_fetched_draft_may_be_sent_back_without_losing_products_or_taxes(kit: Kit, api: Api) -> None:
    book = made(api, "/products", {"name": "Book", "price": 10, "taxable": False})
    invoice = add_invoice(api, items=[{**LINE, "productId": book["id"]}, LINE], taxRate=0.1)
    assert invoice["taxAmount"] == 10
    api.delete(f"/products/{book['id']}")
    assert api.patch(f"/invoices/{invoice['id']}", invoice) == (200, {"data": invoice})
    assert trail(kit, entity_type="invoice", action="updated") == []
    fewer = api.patch(f"/invoices/{invoice['id']}", {"items": [{**invoice["items"][0], "quantity": 2}]}).body["data"]
    assert (fewer["subtotal"], fewer["taxAmount"]) == (200, 0)


def test_line_without_a_known_id_is_a_new_free_line(api: Api) -> None:
    book = made(api, "/products", {"name": "Book", "price": 10, "taxable": False})
    invoice = add_invoice(api, items=[{**LINE, "productId": book["id"]}], taxRate=0.1)
    changed = api.patch(f"/invoices/{invoice['id']}", {"items": [{**LINE, "id": "li_009"}, LINE]}).body["data"]
    assert ([item["id"] for item in changed["items"]], changed["taxAmount"]) == (["li_001", "li_002"], 20)


def test_deleted_product_stays_on_its_invoices_and_is_refused_on_new_ones(api: Api) -> None:
    product = made(api, "/products", {"name": "Mooring", "price": 100})
    line = {**LINE, "productId": product["id"]}
    invoice = add_invoice(api, items=[line])
    api.delete(f"/products/{product['id']}")
    assert api.get(f"/invoices/{invoice['id']}").body["data"] == invoice
    body = {"contactId": add_contact(api)["id"], "items": [line]}
    assert refused(api.post("/invoices", body)) == (422, ["items[0].productId"])


def test_change_of_a_product_does_not_reach_invoices(api: Api) -> None:
    product = made(api, "/products", {"name": "Mooring", "price": 100})
    invoice = add_invoice(api, items=[{**LINE, "productId": product["id"]}], taxRate=0.1)
    api.patch(f"/products/{product['id']}", {"name": "Berth", "price": 7, "taxable": False})
    assert api.get(f"/invoices/{invoice['id']}").body["data"] == invoice


def test_invoice_keeps_the_name_of_a_deleted_contact(api: Api) -> None:
    contact = add_contact(api)
    invoice = add_invoice(api, contactId=contact["id"])
    api.post(f"/invoices/{invoice['id']}/send")
    assert api.delete(f"/contacts/{contact['id']}").status == 204
    left = api.get(f"/invoices/{invoice['id']}").body["data"]
    assert left["contact"] == {"id": None, "firstName": "Mira", "lastName": "Solberg"}
    assert (left["status"], left["total"], left["items"]) == ("sent", 100, invoice["items"])
    assert api.post(f"/invoices/{invoice['id']}/payments", {"amount": 100}).status == 201


def test_invoice_stands_in_the_timeline_of_its_contact(api: Api) -> None:
    contact = add_contact(api)
    invoice = add_invoice(api, contactId=contact["id"])
    api.post(f"/invoices/{invoice['id']}/send")
    entries = api.get(f"/activities?entityType=contact&entityId={contact['id']}").body["data"]
    assert sorted(entry["action"] for entry in entries if entry["entityType"] == "invoice") == ["created", "updated"]


def test_filters_by_contact_and_due_date_combine(api: Api) -> None:
    contact = add_contact(api)["id"]
    for day in ("2026-05-18", "2026-05-19", "2026-05-20"):
        add_invoice(api, contactId=contact, dueDate=day)
    add_invoice(api, dueDate="2026-05-19")

    def due(query: str) -> list[str]:
        status, body = api.get(f"/invoices?{query}")
        assert (status, body["meta"]["total"]) == (200, len(body["data"]))
        return sorted(invoice["dueDate"][-2:] for invoice in body["data"])

    assert due("due_after=2026-05-19") == ["19", "19", "20"]
    assert due("due_before=2026-05-19") == due("dueBefore=2026-05-19") == ["18"]
    assert due("due_after=2026-05-19T00:00:01Z") == ["20"]
    assert due("due_before=2026-05-19T00:00:01Z") == ["18", "19", "19"]
    assert due(f"contactId={contact}&due_after=2026-05-19&due_before=2026-05-20") == ["19"]
    assert due(f"contact_id=con_{contact}") == ["18", "19", "20"]
    assert due("contactId=nothing") == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"notes": "x"}),
        ("POST", "/send", None),
        ("POST", "/void", None),
        ("GET", "/payments", None),
        ("POST", "/payments", {"amount": 1}),
        ("GET", "/link", None),
    ],
)
def test_invoice_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str, path: str, body: Any) -> None:
    invoice = add_invoice(other_api)
    assert api.call(method, f"/invoices/{invoice['id']}{path}", body).status == 404
    assert other_api.get(f"/invoices/{invoice['id']}").body["data"] == invoice


def test_invoice_is_never_made_out_to_or_of_records_of_another_workspace(api: Api, other_api: Api) -> None:
    theirs, product = add_contact(other_api)["id"], made(other_api, "/products", {"name": "Mooring", "price": 1})["id"]
    invoice = add_invoice(api)
    assert refused(api.patch(f"/invoices/{invoice['id']}", {"contactId": theirs})) == (422, ["contactId"])
    assert refused(api.patch(f"/invoices/{invoice['id']}", {"items": [{**LINE, "productId": product}]})) == (422, ["items[0].productId"])
    assert api.get(f"/invoices?contactId={theirs}").body["data"] == []
    assert api.get(f"/invoices/{invoice['id']}").body["data"] == invoice
