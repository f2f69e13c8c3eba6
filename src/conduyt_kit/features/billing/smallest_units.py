"""Amounts in a currency's smallest unit, as providers take them: cents of USD, whole JPY, fils of KWD."""

from decimal import Decimal

from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.money import from_scaled, to_scaled

WHOLE = frozenset(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"))
THOUSANDTHS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))


def places(currency: str) -> int:
    """Return how many decimal places the currency has."""
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2


def in_smallest_units(amount: Decimal, currency: str) -> int:
    """Return the amount as a whole number of the currency's smallest unit.

    Raises:
        ValidationFailed: it is a fraction of that unit.
    """
    try:
        return to_scaled(amount, places(currency))
    except ValueError as error:
        raise ValidationFailed(f"{amount} {currency} cannot be paid online: {currency} has {places(currency)} decimal places") from error


def from_smallest_units(amount: int, currency: str) -> Decimal:
    """Return the amount that `in_smallest_units` counted."""
    return from_scaled(amount, places(currency))
