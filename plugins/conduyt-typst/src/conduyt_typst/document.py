"""What stands on the page, as plain strings: the template places them and never interprets them."""

import re
from collections.abc import Sequence
from decimal import Decimal

import attrs

from conduyt_kit.features.invoices import Invoice, LineItem, Payment

_LONG_WORD = re.compile(r"\S{25}(?=\S)")
_NO_WIDTH = "\u200b"
_MARKS = {"paid": "PAID", "void": "VOID", "draft": "DRAFT", "overdue": "OVERDUE"}


@attrs.frozen(kw_only=True)
class Line:
    description: str
    quantity: str
    unit_price: str
    amount: str


@attrs.frozen(kw_only=True)
class Row:
    """A labelled amount: a sum, or a payment."""

    label: str
    amount: str
    strong: bool = False


@attrs.frozen(kw_only=True)
class Document:
    """An invoice, ready to be set. `mark` is what is stamped on it, empty for nothing."""

    number: str
    workspace: str
    contact: str
    currency: str
    issued: str
    due: str
    mark: str
    lines: Sequence[Line]
    sums: Sequence[Row]
    payments: Sequence[Row]
    notes: str


def document_of(invoice: Invoice, payments: Sequence[Payment], *, workspace: str, status: str) -> Document:
    """Return the document of an invoice; `status` is the one people see, which may be the derived ``overdue``."""
    return Document(
        number=_breakable(invoice.invoice_number),
        workspace=_breakable(workspace),
        contact=_breakable(f"{invoice.contact_first_name} {invoice.contact_last_name}".strip()),
        currency=invoice.currency,
        issued=(invoice.sent_at or invoice.created_at).date().isoformat(),
        due=invoice.due_date.isoformat(),
        mark=_MARKS.get(status, ""),
        lines=[_line(item) for item in invoice.items],
        sums=_sums(invoice),
        payments=[_payment(payment) for payment in payments],
        notes=_breakable(invoice.notes or ""),
    )


def _line(item: LineItem) -> Line:
    return Line(
        description=_breakable(item.description),
        quantity=f"{item.quantity.normalize():f}",
        unit_price=_price(item.unit_price),
        amount=_money(item.amount),
    )


def _sums(invoice: Invoice) -> list[Row]:
    percent = f"{(invoice.tax_rate * 100).normalize():f}"
    rows = [Row(label="Subtotal", amount=_money(invoice.subtotal))]
    if invoice.tax_rate:
        rows.append(Row(label=f"Tax ({percent} %)", amount=_money(invoice.tax_amount)))
    rows.append(Row(label="Total", amount=_money(invoice.total), strong=True))
    if invoice.amount_paid:
        rows.append(Row(label="Paid", amount=_money(invoice.amount_paid)))
    if invoice.amount_paid and invoice.status != "void":
        rows.append(Row(label="Open", amount=_money(invoice.balance), strong=True))
    return rows


def _payment(payment: Payment) -> Row:
    words = [payment.recorded_at.date().isoformat(), (payment.method or "").replace("_", " "), payment.reference or ""]
    return Row(label=_breakable(", ".join(word for word in words if word)), amount=_money(payment.amount))


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _price(price: Decimal) -> str:
    """Return a price with cents at least, and with the further places it has: a cent may be split between many pieces."""
    return f"{price:,.2f}" if price == round(price, 2) else f"{price.normalize():,f}"


def _breakable(text: str) -> str:
    """Return the text with places to break in words too long for a column."""
    return _LONG_WORD.sub(lambda found: found[0] + _NO_WIDTH, text)
