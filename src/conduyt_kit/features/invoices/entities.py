"""The invoice, its lines and its payments."""

import datetime as dt
from decimal import Decimal
from typing import Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, HasMany, Unique, entity
from conduyt_kit.kernel.fields import RESTRICT, SET_NULL, ref, stored
from conduyt_kit.kernel.values import LongText, Name, ShortText

KeptStatus = Literal["draft", "sent", "paid", "void"]
"""What is stored; ``overdue`` is derived (`lifecycle.py`)."""
InvoiceStatus = Literal["draft", "sent", "paid", "overdue", "void"]
PaymentMethod = Literal["credit_card", "bank_transfer", "check", "cash", "other"]

CENTS = 2
QUANTITY_PLACES = 4
RATE_PLACES = 6


@attrs.frozen(kw_only=True)
class LineItem:
    """One line, with its own copy of what it says; `product_id` only remembers where it came from (R117, A37)."""

    id: str
    description: Name
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    taxable: bool = True
    product_id: str | None = None


@attrs.frozen(kw_only=True)
class Invoice:
    """An invoice. All amounts are in `currency`, to the cent; the contact's name is kept for the books (A30)."""

    id: str
    invoice_number: str
    status: KeptStatus = "draft"
    contact_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("contact", on_delete=SET_NULL, timeline=True)))
    contact_first_name: str
    contact_last_name: str
    currency: str
    items: list[LineItem]
    subtotal: Decimal = attrs.field(metadata=stored(places=CENTS))
    tax_rate: Decimal = attrs.field(metadata=stored(places=RATE_PLACES))
    tax_amount: Decimal = attrs.field(metadata=stored(places=CENTS))
    total: Decimal = attrs.field(metadata=stored(places=CENTS))
    amount_paid: Decimal = attrs.field(default=Decimal(0), metadata=stored(places=CENTS))
    due_date: dt.date
    notes: LongText | None = None
    sent_at: dt.datetime | None = None
    paid_at: dt.datetime | None = None
    voided_at: dt.datetime | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))

    @property
    def balance(self) -> Decimal:
        """Return what is still to be paid."""
        return self.total - self.amount_paid


@attrs.frozen(kw_only=True)
class Payment:
    """Money received for an invoice. `recorded_by` is no reference: it stays when the user is gone (R84).

    A payment made online has the `provider` that took it and that one's id of it; whoever records it a second time is refused.
    """

    id: str
    invoice_id: str = attrs.field(metadata=stored(ref=ref("invoice", on_delete=RESTRICT, timeline=True)))
    amount: Decimal = attrs.field(metadata=stored(places=CENTS))
    method: PaymentMethod | None = None
    reference: ShortText | None = None
    notes: LongText | None = None
    recorded_at: dt.datetime
    recorded_by: str | None = None
    provider: str | None = None
    external_id: str | None = None


INVOICE: EntitySpec[Invoice] = entity(
    Invoice,
    name="invoice",
    new_id=ids.prefixed_uuid("inv_"),
    unique=[Unique(fields=("invoice_number",), field="invoiceNumber", message="An invoice has this number")],
    indexes=[("-created_at",), ("status", "-created_at"), ("contact_id", "-created_at"), ("status", "due_date"), ("due_date",)],
    relations=[HasMany(name="payments", entity="payment", field="invoice_id")],
    sort=("-created_at",),
    sortable=("due_date", "total", "updated_at"),
)

PAYMENT: EntitySpec[Payment] = entity(
    Payment,
    name="payment",
    new_id=ids.prefixed_uuid("pay_"),
    unique=[Unique(fields=("provider", "external_id"), field="reference", message="This payment is recorded already")],
    indexes=[("invoice_id", "recorded_at")],
    sort=("recorded_at",),
)
