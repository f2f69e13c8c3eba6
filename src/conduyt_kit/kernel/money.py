"""Decimal arithmetic for money and other exact numbers: no binary floats, half-up to the last place."""

import decimal
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def round_half_up(value: Decimal, places: int = 2) -> Decimal:
    """Return the value rounded half-up: 349.7375 becomes 349.74 (R120)."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_scaled(value: Decimal, places: int) -> int:
    """Return the value as a whole number of units of the last place.

    Raises:
        ValueError: the value has more places or is not finite.
    """
    try:
        scaled = value.scaleb(places)
        whole = int(scaled)
    except (decimal.InvalidOperation, ValueError, OverflowError) as error:
        raise ValueError(f"{value} is not a finite number") from error
    if whole != scaled:
        raise ValueError(f"{value} has more than {places} decimal places")
    return whole


def from_scaled(whole: int, places: int) -> Decimal:
    """Return the decimal that `to_scaled` made `whole` of."""
    return Decimal(whole).scaleb(-places)


def as_json_number(value: Decimal) -> int | float:
    """Return the number as JSON shows it: an integer where it is whole, else the nearest double."""
    return int(value) if value == value.to_integral_value() else float(value)
