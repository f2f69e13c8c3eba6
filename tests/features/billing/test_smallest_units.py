from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduyt_kit.features.billing.smallest_units import from_smallest_units, in_smallest_units
from conduyt_kit.kernel.errors import ValidationFailed


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [("19.99", "USD", 1999), ("0.01", "EUR", 1), ("500", "JPY", 500), ("500.00", "JPY", 500), ("1.5", "KWD", 1500), ("7", "ISK", 700)],
)
def test_amount_is_counted_in_the_currencys_smallest_unit(amount: str, currency: str, expected: int) -> None:
    assert in_smallest_units(Decimal(amount), currency) == expected
    assert from_smallest_units(expected, currency) == Decimal(amount)


@pytest.mark.parametrize(("amount", "currency"), [("0.5", "JPY"), ("0.001", "USD"), ("0.0001", "KWD"), ("NaN", "USD"), ("Infinity", "USD")])
def test_fraction_of_the_smallest_unit_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValidationFailed, match=currency):
        in_smallest_units(Decimal(amount), currency)


@given(cents=st.integers(1, 10**14), currency=st.sampled_from(["USD", "KWD", "EUR"]))
def test_amounts_to_the_cent_come_back_exactly(cents: int, currency: str) -> None:
    amount = Decimal(cents).scaleb(-2)

    assert from_smallest_units(in_smallest_units(amount, currency), currency) == amount
