"""Paying an invoice online: the link, and what happens when the money has come."""

import logging
from decimal import Decimal
from typing import Any

import attrs

from conduyt_kit.features.invoices import lifecycle
from conduyt_kit.features.invoices.entities import INVOICE, PAYMENT, Invoice
from conduyt_kit.features.invoices.events import PaymentUnapplied
from conduyt_kit.features.invoices.service import Invoices
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.endpoints import Call, Endpoint
from conduyt_kit.kernel.errors import Conflict, ValidationFailed
from conduyt_kit.kernel.events import INSIDE, Happened, Subscription
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.online_payments import ONLINE_PAYMENTS, PaymentPage, PaymentReceived, WantedPayment

SUBJECT = "invoice"

_log = logging.getLogger("conduyt.invoices")


@attrs.frozen(kw_only=True)
class PaymentLink:
    """The page on which what is left of an invoice is paid."""

    url: str
    amount: Decimal
    currency: str


def make_payment_link(call: Call[None, None]) -> PaymentLink:
    invoices = call.unit[Invoices]
    invoice = invoices.get(call.path["id"]).record
    lifecycle.require_payable_online(invoice)
    wanted = WantedPayment(
        subject_type=SUBJECT,
        subject_id=invoice.id,
        amount=invoice.balance,
        currency=invoice.currency,
        description=f"Invoice {invoice.invoice_number}",
        page_url=invoices.hosted_url(invoice.id),
    )
    return PaymentLink(url=_open(call, wanted).url, amount=wanted.amount, currency=wanted.currency)


def _open(call: Call[Any, Any], wanted: WantedPayment) -> PaymentPage:
    context = call.unit.context
    # The provider must not be waited for inside a transaction, which on a database with one writer would stop everybody.
    for unit in call.units:
        unit.rollback()
    call.units.clear()
    return call.environment.providers.provider(ONLINE_PAYMENTS).open(call.environment, context, wanted)


def receive(unit: UnitOfWork, happened: Happened) -> None:
    """Record a payment that was made online, once; or say that the invoice does not take it, since the money is there all the same."""
    told = happened.data
    if told["subjectType"] != SUBJECT:
        return
    origin = {"provider": told["provider"], "external_id": told["externalId"]}
    if unit.repository(PAYMENT).first_where(**origin) is not None:
        return
    if unit.repository(INVOICE).find(told["subjectId"]) is None:
        _log.error("payment %s came for the invoice %s, which does not exist", told["externalId"], told["subjectId"])
        return
    amount, invoice = Decimal(told["amount"]), unit.repository(INVOICE).get_for_update(told["subjectId"])
    try:
        if told["currency"] != invoice.currency:
            raise Conflict(f"It is in {invoice.currency}, and {told['currency']} came")
        unit[Invoices].record_payment(invoice.id, amount=amount, method="other", reference=told["externalId"], **origin)
    except (Conflict, ValidationFailed) as error:
        _log.error("payment %s of invoice %s cannot be applied: %s", told["externalId"], invoice.id, error.message)
        unit.emit(_unapplied(invoice, amount, origin, error.message))


def _unapplied(invoice: Invoice, amount: Decimal, origin: dict[str, Any], reason: str) -> PaymentUnapplied:
    return PaymentUnapplied(
        invoice_id=invoice.id,
        invoice_number=invoice.invoice_number,
        contact_id=invoice.contact_id,
        total=invoice.total,
        amount_paid=invoice.amount_paid,
        currency=invoice.currency,
        amount=amount,
        reason=reason,
        **origin,
    )


ONLINE_PAYMENT = Subscription(event=PaymentReceived.name, handler=receive, when=INSIDE, name="invoices.record_online_payment")

PAYMENT_LINK = Endpoint(
    method="POST",
    path="/invoices/:id/payment-link",
    section="Invoices",
    summary="Return the page on which what is left of a sent invoice is paid online.",
    operation=make_payment_link,
    scope=Scope.WRITE,
    reply=PaymentLink,
    errors=(404, 409, 422, 502),
    extension=True,
)
