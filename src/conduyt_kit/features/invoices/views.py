"""What the endpoints show."""

import datetime as dt
from decimal import Decimal

import attrs

from conduyt_kit.features.invoices.entities import Invoice, InvoiceStatus, LineItem, Payment, PaymentMethod
from conduyt_kit.features.invoices.lifecycle import shown_status
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class InvoicedContact:
    """Whom the invoice is for; the id is null when the contact is gone (A30)."""

    id: str | None
    first_name: str
    last_name: str


@attrs.frozen(kw_only=True)
class LineView:
    id: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


@attrs.frozen(kw_only=True)
class PaymentView:
    id: str
    invoice_id: str
    amount: Decimal
    method: PaymentMethod | None
    reference: str | None
    notes: str | None
    recorded_at: dt.datetime
    recorded_by: str | None


@attrs.frozen(kw_only=True)
class InvoiceSummary:
    """An invoice in a list; `status` may be the derived overdue (A12)."""

    id: str
    invoice_number: str
    status: InvoiceStatus
    contact: InvoicedContact
    subtotal: Decimal
    tax_rate: Decimal
    tax_amount: Decimal
    total: Decimal
    amount_paid: Decimal
    due_date: dt.date
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class InvoiceDetail:
    """A single invoice with lines and payments, in the documented order of keys (R130)."""

    id: str
    invoice_number: str
    status: InvoiceStatus
    contact: InvoicedContact
    items: list[LineView]
    subtotal: Decimal
    tax_rate: Decimal
    tax_amount: Decimal
    total: Decimal
    amount_paid: Decimal
    due_date: dt.date
    notes: str | None
    payments: list[PaymentView]
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class SentInvoice:
    """The answer to sending (R126)."""

    id: str
    invoice_number: str
    status: InvoiceStatus
    sent_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class VoidedInvoice:
    """The answer to voiding (A17)."""

    id: str
    invoice_number: str
    status: InvoiceStatus
    voided_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class InvoiceBalance:
    """What a payment did to its invoice."""

    id: str
    status: InvoiceStatus
    total: Decimal
    amount_paid: Decimal


@attrs.frozen(kw_only=True)
class RecordedPayment:
    """The answer to a payment, as documented: beside ``data`` stands the invoice (R128)."""

    data: PaymentView
    invoice: InvoiceBalance


@attrs.frozen(kw_only=True)
class InvoiceLink:
    """The hosted page of an invoice."""

    url: str


def _contact(invoice: Invoice) -> InvoicedContact:
    return InvoicedContact(id=invoice.contact_id, first_name=invoice.contact_first_name, last_name=invoice.contact_last_name)


def _line(item: LineItem) -> LineView:
    return LineView(id=item.id, description=item.description, quantity=item.quantity, unit_price=item.unit_price, amount=item.amount)


def payment_view(payment: Payment) -> PaymentView:
    return PaymentView(**{field.name: getattr(payment, field.name) for field in attrs.fields(PaymentView)})


def summary(found: Loaded[Invoice], now: dt.datetime) -> InvoiceSummary:
    invoice = found.record
    return InvoiceSummary(
        id=invoice.id,
        invoice_number=invoice.invoice_number,
        status=shown_status(invoice, now),
        contact=_contact(invoice),
        subtotal=invoice.subtotal,
        tax_rate=invoice.tax_rate,
        tax_amount=invoice.tax_amount,
        total=invoice.total,
        amount_paid=invoice.amount_paid,
        due_date=invoice.due_date,
        created_at=invoice.created_at,
        updated_at=invoice.updated_at,
    )


def detail(found: Loaded[Invoice], now: dt.datetime) -> InvoiceDetail:
    invoice = found.record
    return InvoiceDetail(
        **attrs.asdict(summary(found, now), recurse=False),
        items=[_line(item) for item in invoice.items],
        notes=invoice.notes,
        payments=[payment_view(payment) for payment in found.related["payments"]],
    )


def sent_view(invoice: Invoice, now: dt.datetime) -> SentInvoice:
    return SentInvoice(id=invoice.id, invoice_number=invoice.invoice_number, status=shown_status(invoice, now), sent_at=invoice.sent_at)


def voided_view(invoice: Invoice) -> VoidedInvoice:
    return VoidedInvoice(id=invoice.id, invoice_number=invoice.invoice_number, status=invoice.status, voided_at=invoice.voided_at)


def recorded(payment: Payment, invoice: Invoice, now: dt.datetime) -> RecordedPayment:
    balance = InvoiceBalance(id=invoice.id, status=shown_status(invoice, now), total=invoice.total, amount_paid=invoice.amount_paid)
    return RecordedPayment(data=payment_view(payment), invoice=balance)
