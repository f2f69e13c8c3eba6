"""The use cases of invoices and payments."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from conduyt_kit.features.invoices import lifecycle
from conduyt_kit.features.invoices.entities import INVOICE, PAYMENT, Invoice, LineItem, Payment
from conduyt_kit.features.invoices.events import InvoicePaid, InvoiceSent, InvoiceVoided, PaymentRecorded
from conduyt_kit.features.invoices.lines import line_items
from conduyt_kit.features.invoices.numbering import INVOICE_NUMBERING
from conduyt_kit.features.invoices.totals import totals
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.errors import NotFound, ValidationFailed
from conduyt_kit.kernel.query import Loaded, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.signed_links import SIGNED_LINKS

HOSTED_PAGE = "/i/{token}"
LINK_PURPOSE = "invoice"
DAYS_TO_PAY = 30


class Invoices:
    """Invoices of a workspace, and the payments on them."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._invoices = unit.repository(INVOICE)
        self._payments = unit.repository(PAYMENT)

    def get(self, id: str) -> Loaded[Invoice]:
        """Return an invoice with its payments (R130).

        Raises:
            NotFound: no such invoice.
        """
        return self._invoices.load(id, include=("payments",))

    def payments(self, invoice_id: str) -> tuple[Payment, ...]:
        """Return the payments on an invoice, oldest first.

        Raises:
            NotFound: no such invoice.
        """
        return tuple(self.get(invoice_id).related["payments"])

    def create(
        self,
        *,
        contact_id: str,
        items: Sequence[Mapping[str, Any]],
        tax_rate: Decimal | None = None,
        due_date: dt.date | None = None,
        notes: str | None = None,
    ) -> Invoice:
        """Create a draft with the next number (R124); tax rate and due date default to the workspace's and 30 days (R122, R123).

        Raises:
            ValidationFailed: the contact or a product does not exist.
        """
        workspace = self._unit[Workspaces].settings()
        rate = workspace.default_tax_rate if tax_rate is None else tax_rate
        lines = line_items(self._unit, items)
        return self._invoices.create(
            invoice_number=self._unit.provider(INVOICE_NUMBERING).next_number(self._unit),
            **self._contact(contact_id),
            currency=workspace.currency,
            items=lines,
            tax_rate=rate,
            **attrs.asdict(totals(lines, rate)),
            due_date=due_date or (self._unit.now + dt.timedelta(days=DAYS_TO_PAY)).date(),
            notes=notes,
        )

    def update(self, id: str, changes: Mapping[str, Any]) -> Invoice:
        """Change a draft; new lines or a new rate change the totals (R125), and it is paid when nothing is left (R128).

        Raises:
            NotFound: no such invoice.
            Conflict: it is no draft.
            ValidationFailed: the contact or a product does not exist, or the total falls below what is paid already.
        """
        invoice = self._invoices.get_for_update(id)
        lifecycle.require_editable(invoice)
        wanted = {name: value for name, value in changes.items() if value is not None or name == "notes"}
        contact_id = wanted.pop("contact_id", None)
        if contact_id is not None:
            wanted |= self._contact(contact_id)
        if "items" in wanted:
            wanted["items"] = line_items(self._unit, wanted["items"], before=invoice.items)
        lines: Sequence[LineItem] = wanted.get("items", invoice.items)
        sums = totals(lines, wanted.get("tax_rate", invoice.tax_rate))
        if sums.total < invoice.amount_paid:
            raise ValidationFailed.on("items", f"The total would fall below the {invoice.amount_paid} paid already")
        closes = invoice.amount_paid > 0 and sums.total == invoice.amount_paid
        changed = self._invoices.change(invoice, **wanted, **attrs.asdict(sums), **self._paid(closes))
        self._tell_paid(changed, closes)
        return changed

    def send(self, id: str) -> Invoice:
        """Mark a draft as sent (R126); the event carries the link of the hosted page.

        Raises:
            NotFound: no such invoice.
            Conflict: it is no draft.
        """
        invoice = self._invoices.get_for_update(id)
        lifecycle.require_sendable(invoice)
        sent = self._invoices.change(invoice, status="sent", sent_at=self._unit.now)
        self._unit.emit(InvoiceSent(**_told(sent), hosted_url=self.hosted_url(sent.id)))
        return sent

    def void(self, id: str) -> Invoice:
        """Make an invoice void, for good (R127, A31).

        Raises:
            NotFound: no such invoice.
            Conflict: it is void already.
        """
        invoice = self._invoices.get_for_update(id)
        lifecycle.require_voidable(invoice)
        voided = self._invoices.change(invoice, status="void", voided_at=self._unit.now)
        self._unit.emit(InvoiceVoided(**_told(voided)))
        return voided

    def record_payment(self, id: str, *, amount: Decimal, **values: Any) -> tuple[Payment, Invoice]:
        """Record a payment in the actor's name; the invoice is paid when nothing is left (R128).

        The database checks, in the statement that writes it, that what was paid so far is what this was computed from: of many
        payments at once none can pass the total.

        Raises:
            NotFound: no such invoice.
            Conflict: it is void or paid.
            ValidationFailed: the amount is more than is left.
            Contention: another payment came first; run the unit of work again.
        """
        invoice = self._invoices.get_for_update(id)
        lifecycle.require_payable(invoice)
        if amount > invoice.balance:
            raise ValidationFailed.on("amount", f"Must be at most the open balance of {invoice.balance}")
        paid = invoice.amount_paid + amount
        closes = paid == invoice.total
        untouched = where(amount_paid=invoice.amount_paid, status=invoice.status)
        changed = self._invoices.change(invoice, expected=untouched, amount_paid=paid, **self._paid(closes))
        payment = self._payments.create(
            invoice_id=invoice.id, amount=amount, recorded_at=self._unit.now, recorded_by=self._unit.context.actor.id, **values
        )
        self._unit.emit(PaymentRecorded(**_told(changed), payment_id=payment.id, amount=amount, method=payment.method))
        self._tell_paid(changed, closes)
        return payment, changed

    def hosted_url(self, id: str) -> str:
        """Return the link under which anybody who has it can read the invoice."""
        return self._unit.provider(SIGNED_LINKS).url(HOSTED_PAGE, LINK_PURPOSE, workspace=self._unit.context.workspace, id=id)

    def _paid(self, closes: bool) -> dict[str, Any]:
        return {"status": "paid", "paid_at": self._unit.now} if closes else {}

    def _tell_paid(self, invoice: Invoice, closes: bool) -> None:
        if closes:
            self._unit.emit(InvoicePaid(**_told(invoice)))

    def _contact(self, contact_id: str) -> dict[str, Any]:
        contacts = self._unit.repository_named("contact")
        found = contacts.find(contact_id) if contacts else None
        if found is None:
            raise ValidationFailed.on("contactId", "No contact with this id exists in this workspace")
        return {"contact_id": found.id, "contact_first_name": found.first_name, "contact_last_name": found.last_name}


def hosted_invoice(unit: UnitOfWork, id: str) -> Loaded[Invoice]:
    """Return what the hosted page shows: a draft is nobody's business yet.

    Raises:
        NotFound: no such invoice, or a draft.
    """
    found = unit[Invoices].get(id)
    if found.record.status == "draft":
        raise NotFound("This invoice has not been sent yet")
    return found


def _told(invoice: Invoice) -> dict[str, Any]:
    return {
        "invoice_id": invoice.id,
        "invoice_number": invoice.invoice_number,
        "contact_id": invoice.contact_id,
        "total": invoice.total,
        "amount_paid": invoice.amount_paid,
        "currency": invoice.currency,
    }
