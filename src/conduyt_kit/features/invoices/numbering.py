"""How invoices are numbered: a rule that tax law and habit make people replace (R124).

To replace it, provide `INVOICE_NUMBERING` from a plugin, and choose it with ``providers = {invoice_numbering = "yours"}``.
"""

from typing import Protocol

from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class InvoiceNumbering(Protocol):
    """Gives each new invoice its number."""

    def next_number(self, unit: UnitOfWork) -> str:
        """Return the number of an invoice made in this unit of work; unique in the workspace, and given back if the unit fails."""


class SequentialNumbering:
    """``INV-001``, ``INV-002``, ... per workspace: without gaps, however many are made at once, since the counter is locked until
    the unit of work commits."""

    def next_number(self, unit: UnitOfWork) -> str:
        return f"INV-{unit.next_number('invoice'):03d}"


INVOICE_NUMBERING: Port[InvoiceNumbering] = Port("invoice_numbering", "how invoices are numbered")
