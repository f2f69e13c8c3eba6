"""What an invoice adds up to: decimal, half-up to the cent, tax on the sum and not per line (R119 to R121)."""

from collections.abc import Iterable
from decimal import Decimal

import attrs

from conduyt_kit.features.invoices.entities import CENTS, LineItem
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.money import round_half_up

LARGEST = Decimal(1_000_000_000_000)
"""More than this no invoice may come to; far from what the storages hold."""


@attrs.frozen(kw_only=True)
class Totals:
    """The sums of an invoice."""

    subtotal: Decimal
    tax_amount: Decimal
    total: Decimal


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Return quantity times price, to the cent, so that the lines shown add up to the subtotal shown."""
    return round_half_up(quantity * unit_price, CENTS)


def totals(items: Iterable[LineItem], tax_rate: Decimal) -> Totals:
    """Return the sums of these lines; only lines of taxable products and free lines are taxed.

    Raises:
        ValidationFailed: they come to more than `LARGEST`.
    """
    lines = list(items)
    subtotal = sum((line.amount for line in lines), Decimal(0))
    taxed = sum((line.amount for line in lines if line.taxable), Decimal(0))
    tax_amount = round_half_up(taxed * tax_rate, CENTS)
    if subtotal + tax_amount > LARGEST:
        raise ValidationFailed.on("items", f"The total must be at most {LARGEST:,}")
    return Totals(subtotal=subtotal, tax_amount=tax_amount, total=subtotal + tax_amount)
