"""Sample invoices for `conduyt demo`."""

import datetime as dt
from decimal import Decimal
from typing import Any

from conduyt_kit.features.invoices.service import Invoices
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create a draft, a sent, an overdue, a partly paid, a paid and a void invoice."""
    contacts, products = (shared.get("contacts") or [])[:6], shared.get("products") or []
    invoices = unit[Invoices]
    made = []
    for number, contact in enumerate(contacts, start=1):
        lines = [
            {"description": product.name, "quantity": Decimal(number), "unit_price": product.price, "product_id": product.id}
            for product in products[: number % len(products) + 1]
        ] or [{"description": "Consulting", "quantity": Decimal(number), "unit_price": Decimal(120)}]
        due = unit.now + dt.timedelta(days=-9 if number == 3 else 20)
        made.append(invoices.create(contact_id=contact.id, items=lines, tax_rate=Decimal("0.0825"), due_date=due.date()))
    for invoice in made[1:]:
        invoices.send(invoice.id)
    if len(made) == 6:
        invoices.record_payment(made[3].id, amount=Decimal("100.00"), method="bank_transfer", reference="first part")
        invoices.record_payment(made[4].id, amount=made[4].total, method="credit_card")
        invoices.void(made[5].id)
