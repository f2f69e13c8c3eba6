from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit.features.invoices.entities import LineItem
from conduyt_kit.features.invoices.totals import line_amount, totals
from tests.features.calls import Api
from tests.features.sales import LINE, add_invoice, made

CENT = Decimal("0.01")


def line(quantity: str, price: str, *, taxable: bool = True) -> LineItem:
    count, each = Decimal(quantity), Decimal(price)
    return LineItem(id="li_001", description="x", quantity=count, unit_price=each, amount=line_amount(count, each), taxable=taxable)


@pytest.mark.parametrize(
    ("lines", "rate", "expected"),
    [
        ([("1", "2500"), ("3", "499")], "0.0875", ("3997.00", "349.74", "4346.74")),
        ([("3", "0.335")], "0", ("1.01", "0.00", "1.01")),
        ([("1", "0.005")], "1", ("0.01", "0.01", "0.02")),
        ([("1", "0.0049")], "1", ("0.00", "0.00", "0.00")),
        ([("0.25", "19.99"), ("0.25", "19.99")], "0.19", ("10.00", "1.90", "11.90")),
        ([("3", "0.10"), ("1", "0.20")], "0.05", ("0.50", "0.03", "0.53")),
        ([("1", "0.10")] * 3, "0.0825", ("0.30", "0.02", "0.32")),
        ([("1", "1.15")], "0.1", ("1.15", "0.12", "1.27")),
        ([("1", "2.675")], "0", ("2.68", "0.00", "2.68")),
    ],
)
def test_sums_are_rounded_half_up_and_tax_is_on_the_sum(lines: list[tuple[str, str]], rate: str, expected: tuple[str, str, str]) -> None:
    found = totals([line(*each) for each in lines], Decimal(rate))
    assert (str(found.subtotal), str(found.tax_amount), str(found.total)) == expected


def test_tax_per_line_would_differ() -> None:
    found = totals([line("1", "0.10")] * 3, Decimal("0.15"))
    assert found.tax_amount == Decimal("0.05") != 3 * Decimal("0.02")


def test_untaxed_products_are_outside_the_taxed_sum(api: Api) -> None:
    book = made(api, "/products", {"name": "Book", "price": 20, "taxable": False})
    berth = made(api, "/products", {"name": "Berth", "price": 30})
    items = [{**LINE, "unitPrice": 20, "productId": book["id"]}, {**LINE, "unitPrice": 30, "productId": berth["id"]}, LINE]
    invoice = add_invoice(api, items=items, taxRate=0.1)
    assert (invoice["subtotal"], invoice["taxAmount"], invoice["total"]) == (150, 13, 163)


def test_amounts_of_the_client_are_never_looked_at(api: Api) -> None:
    invoice = add_invoice(api, items=[{**LINE, "amount": 1, "id": "li_777"}])
    assert (invoice["items"], invoice["total"]) == ([{"id": "li_001", **LINE, "amount": 100}], 100)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("quantity", 1.23456, (1.2346, 123.46)),
        ("quantity", 0.00005, (0.0001, 0.01)),
        ("unitPrice", 0.123456789, (0.1235, 0.12)),
        ("unitPrice", 1e-30, (0, 0)),
    ],
)
def test_numbers_with_too_many_places_are_rounded_before_they_are_multiplied(
    api: Api, field: str, value: float, expected: tuple[float, float]
) -> None:
    (item,) = add_invoice(api, items=[{**LINE, field: value}])["items"]
    assert (item[field], item["amount"]) == expected


def test_tax_rate_with_too_many_places_is_rounded(api: Api) -> None:
    invoice = add_invoice(api, taxRate=0.08312345678901234)
    assert (invoice["taxRate"], invoice["taxAmount"]) == (0.083123, 8.31)


def numbers(largest: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, largest * 10**places).map(lambda whole: Decimal(whole).scaleb(-places))


LINES = st.lists(st.tuples(numbers(1000, 4), numbers(1_000_000, 4), st.booleans()), min_size=1, max_size=12)


def to_cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


@settings(max_examples=2000, deadline=None)
@given(LINES, numbers(1, 6))
def test_total_is_a_function_of_the_lines_and_parts_add_up(parts: list[tuple[Decimal, Decimal, bool]], rate: Decimal) -> None:
    lines = [
        LineItem(id="x", description="x", quantity=count, unit_price=price, amount=line_amount(count, price), taxable=taxable)
        for count, price, taxable in parts
    ]
    found = totals(lines, rate)
    assert found.subtotal == sum(to_cents(count * price) for count, price, _ in parts)
    assert found.tax_amount == to_cents(sum((to_cents(count * price) for count, price, taxable in parts if taxable), Decimal(0)) * rate)
    assert found.total == found.subtotal + found.tax_amount
    assert min(found.subtotal, found.tax_amount) >= 0
    assert all(amount == to_cents(amount) for amount in (found.subtotal, found.tax_amount, found.total))
    assert totals(list(reversed(lines)), rate) == found


def test_what_the_api_shows_adds_up(api: Api) -> None:
    items: list[dict[str, Any]] = [{**LINE, "quantity": number / 7, "unitPrice": number * 1.111} for number in range(1, 40)]
    invoice = add_invoice(api, items=items, taxRate=0.0777)
    amounts = [Decimal(str(item["amount"])) for item in invoice["items"]]
    assert sum(amounts) == Decimal(str(invoice["subtotal"]))
    assert Decimal(str(invoice["subtotal"])) + Decimal(str(invoice["taxAmount"])) == Decimal(str(invoice["total"]))
