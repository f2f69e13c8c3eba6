"""The documented endpoints of invoices, their hosted page and its link."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.features.invoices.entities import INVOICE
from conduyt_kit.features.invoices.hosted_page import hosted_page
from conduyt_kit.features.invoices.inputs import InvoiceChanges, InvoiceInput, InvoiceQuery, PaymentInput
from conduyt_kit.features.invoices.lifecycle import having_status, shown_status
from conduyt_kit.features.invoices.service import HOSTED_PAGE, LINK_PURPOSE, Invoices, hosted_invoice
from conduyt_kit.features.invoices.views import (
    InvoiceDetail,
    InvoiceLink,
    InvoiceSummary,
    PaymentView,
    RecordedPayment,
    SentInvoice,
    VoidedInvoice,
    detail,
    payment_view,
    recorded,
    sent_view,
    summary,
    voided_view,
)
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing, Reply
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.query import Compare, Op, both, where
from conduyt_kit.ports.signed_links import SIGNED_LINKS

SECTION = "Invoices"
READ_ONLY = frozenset(
    {"id", "invoiceNumber", "status", "contact", "subtotal", "taxAmount", "total", "amountPaid", "payments", "createdAt", "updatedAt"}
)


def list_invoices(call: Call[InvoiceQuery, None]) -> Listing:
    asked, now = call.query, call.unit.now
    contact = call.unit.canonical_refs(INVOICE, {"contact_id": asked.contact_id})
    condition = both(
        having_status(asked.status, now) if asked.status else None,
        where(**contact) if asked.contact_id else None,
        Compare("due_date", Op.GE, _first_day(asked.due_after)) if asked.due_after else None,
        Compare("due_date", Op.LT, _first_day(asked.due_before)) if asked.due_before else None,
    )
    return list_records(call, INVOICE, lambda found: summary(found, now), condition)


def _first_day(at: dt.datetime) -> dt.date:
    """Return the first day that begins at this time or later: a due date stands for its 00:00:00Z (A9)."""
    return at.date() if at.time() == dt.time() else at.date() + dt.timedelta(days=1)


def create_invoice(call: Call[None, InvoiceInput]) -> InvoiceDetail:
    invoices = call.unit[Invoices]
    body = attrs.asdict(call.body, recurse=False)
    body["items"] = [attrs.asdict(item) for item in call.body.items]
    return detail(invoices.get(invoices.create(**body).id), call.unit.now)


def get_invoice(call: Call[None, None]) -> InvoiceDetail:
    return detail(call.unit[Invoices].get(call.path["id"]), call.unit.now)


def update_invoice(call: Call[None, Any]) -> InvoiceDetail:
    invoices = call.unit[Invoices]
    changes = given(call.body)
    if changes.get("items"):
        changes["items"] = [attrs.asdict(item) for item in changes["items"]]
    return detail(invoices.get(invoices.update(call.path["id"], changes).id), call.unit.now)


def send_invoice(call: Call[None, None]) -> Reply:
    invoices = call.unit[Invoices]
    sent = invoices.send(call.path["id"])
    link = {"Link": f'<{invoices.hosted_url(sent.id)}>; rel="alternate"; type="text/html"'}
    return Reply(value=sent_view(sent, call.unit.now), headers=link)


def void_invoice(call: Call[None, None]) -> VoidedInvoice:
    return voided_view(call.unit[Invoices].void(call.path["id"]))


def list_payments(call: Call[None, None]) -> list[PaymentView]:
    return [payment_view(payment) for payment in call.unit[Invoices].payments(call.path["id"])]


def record_payment(call: Call[None, PaymentInput]) -> RecordedPayment:
    payment, invoice = call.unit[Invoices].record_payment(call.path["id"], **attrs.asdict(call.body))
    return recorded(payment, invoice, call.unit.now)


def get_link(call: Call[None, None]) -> InvoiceLink:
    invoices = call.unit[Invoices]
    return InvoiceLink(url=invoices.hosted_url(invoices.get(call.path["id"]).record.id))


def show_hosted(call: Call[None, None]) -> Reply:
    signed = call.environment.providers.provider(SIGNED_LINKS).read(call.path["token"], LINK_PURPOSE)
    unit = call.open(signed.workspace)
    found = hosted_invoice(unit, signed.id)
    page = hosted_page(found, workspace_name=unit[Workspaces].settings().name, status=shown_status(found.record, unit.now))
    return Reply(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/invoices",
        section=SECTION,
        summary="List all invoices with optional filters for status, contact, and date range.",
        operation=list_invoices,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=InvoiceSummary,
        query=InvoiceQuery,
    ),
    Endpoint(
        method="POST",
        path="/invoices",
        section=SECTION,
        summary="Create a new invoice with line items. Totals are computed.",
        operation=create_invoice,
        scope=Scope.WRITE,
        reply=InvoiceDetail,
        status=201,
        body=InvoiceInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/invoices/:id",
        section=SECTION,
        summary="Retrieve a single invoice with all line items and payment history.",
        operation=get_invoice,
        scope=Scope.READ,
        reply=InvoiceDetail,
        errors=(404,),
        entity="invoice",
    ),
    Endpoint(
        method="PATCH",
        path="/invoices/:id",
        section=SECTION,
        summary="Update a draft invoice. Others cannot be edited: void and recreate.",
        operation=update_invoice,
        scope=Scope.WRITE,
        reply=InvoiceDetail,
        body=InvoiceChanges,
        ignored=READ_ONLY,
        errors=(404, 409, 422),
        entity="invoice",
    ),
    Endpoint(
        method="POST",
        path="/invoices/:id/send",
        section=SECTION,
        summary="Mark a draft invoice as sent. The Link header names its hosted page.",
        operation=send_invoice,
        scope=Scope.WRITE,
        reply=SentInvoice,
        errors=(404, 409),
    ),
    Endpoint(
        method="POST",
        path="/invoices/:id/void",
        section=SECTION,
        summary="Void an invoice, for good.",
        operation=void_invoice,
        scope=Scope.WRITE,
        reply=VoidedInvoice,
        errors=(404, 409),
    ),
    Endpoint(
        method="GET",
        path="/invoices/:id/payments",
        section=SECTION,
        summary="List all payments recorded against an invoice.",
        operation=list_payments,
        scope=Scope.READ,
        envelope=Envelope.LIST,
        reply=PaymentView,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/invoices/:id/payments",
        section=SECTION,
        summary="Record a payment against an invoice, which is paid when nothing is left.",
        operation=record_payment,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=RecordedPayment,
        status=201,
        body=PaymentInput,
        errors=(404, 409, 422),
    ),
    Endpoint(
        method="GET",
        path="/invoices/:id/link",
        section=SECTION,
        summary="Return the link of the hosted page of an invoice.",
        operation=get_link,
        scope=Scope.READ,
        reply=InvoiceLink,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="GET",
        path=HOSTED_PAGE.replace("{token}", ":token"),
        root="",
        section=SECTION,
        summary="The hosted page of a sent invoice, by its signed link.",
        operation=show_hosted,
        scope=None,
        envelope=Envelope.RAW,
        errors=(404,),
        extension=True,
        limit="120/minute",
    ),
)
