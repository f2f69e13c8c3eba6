"""What invoices tell beside created, updated and deleted."""

from decimal import Decimal
from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class InvoiceEvent(Event):
    """What all of them carry."""

    entity: ClassVar[str | None] = "invoice"

    invoice_id: str
    invoice_number: str
    contact_id: str | None
    total: Decimal
    amount_paid: Decimal
    currency: str


@attrs.frozen(kw_only=True)
class InvoiceSent(InvoiceEvent):
    name: ClassVar[str] = "invoice.sent"
    description: ClassVar[str] = "An invoice was sent."

    hosted_url: str


@attrs.frozen(kw_only=True)
class InvoicePaid(InvoiceEvent):
    name: ClassVar[str] = "invoice.paid"
    description: ClassVar[str] = "An invoice was paid in full."


@attrs.frozen(kw_only=True)
class InvoiceVoided(InvoiceEvent):
    name: ClassVar[str] = "invoice.voided"
    description: ClassVar[str] = "An invoice was made void."


@attrs.frozen(kw_only=True)
class PaymentRecorded(InvoiceEvent):
    name: ClassVar[str] = "payment.recorded"
    description: ClassVar[str] = "A payment for an invoice was recorded."

    payment_id: str
    amount: Decimal
    method: str | None


@attrs.frozen(kw_only=True)
class PaymentUnapplied(InvoiceEvent):
    name: ClassVar[str] = "payment.unapplied"
    description: ClassVar[str] = "Money arrived online for an invoice that does not take it: void, paid, or with less left to pay."

    amount: Decimal
    provider: str = attrs.field(metadata={"description": "who took the money and can give it back"})
    external_id: str = attrs.field(metadata={"description": "the provider's id of the payment"})
    reason: str = attrs.field(metadata={"description": "why the invoice does not take it"})
