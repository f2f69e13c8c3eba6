"""What may happen to an invoice when: draft, sent, paid, void; and overdue, which nobody sets (A12, R125 to R129)."""

import datetime as dt

from conduyt_kit.features.invoices.entities import Invoice, InvoiceStatus
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.query import AllOf, Compare, Op, Where

_SENT = Compare("status", Op.EQ, "sent")


def shown_status(invoice: Invoice, now: dt.datetime) -> InvoiceStatus:
    """Return the status as people see it: a sent invoice is overdue from the day after its due date (UTC)."""
    if invoice.status == "sent" and invoice.due_date < now.date():
        return "overdue"
    return invoice.status


def having_status(status: InvoiceStatus, now: dt.datetime) -> Where:
    """Return the condition for invoices that show a status; sent leaves out the overdue."""
    if status == "overdue":
        return AllOf((_SENT, Compare("due_date", Op.LT, now.date())))
    if status == "sent":
        return AllOf((_SENT, Compare("due_date", Op.GE, now.date())))
    return Compare("status", Op.EQ, status)


def require_editable(invoice: Invoice) -> None:
    """Raise `Conflict` unless the invoice is a draft (R125)."""
    if invoice.status != "draft":
        raise Conflict(f"A {invoice.status} invoice cannot be edited; void it and create a new one")


def require_sendable(invoice: Invoice) -> None:
    """Raise `Conflict` unless the invoice is a draft (R126)."""
    if invoice.status != "draft":
        raise Conflict(f"Only a draft can be sent; this invoice is {invoice.status}")


def require_voidable(invoice: Invoice) -> None:
    """Raise `Conflict` if the invoice is void already (A31)."""
    if invoice.status == "void":
        raise Conflict("This invoice is void already")


def require_payable(invoice: Invoice) -> None:
    """Raise `Conflict` if the invoice is void or paid (A31)."""
    if invoice.status in ("void", "paid"):
        raise Conflict(f"A {invoice.status} invoice takes no payment")


def require_payable_online(invoice: Invoice) -> None:
    """Raise `Conflict` unless the invoice was sent and something is left to pay."""
    require_payable(invoice)
    if invoice.status == "draft":
        raise Conflict("A draft cannot be paid online; send it first")
    if invoice.balance <= 0:
        raise Conflict("Nothing is left to pay on this invoice")
