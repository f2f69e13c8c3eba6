import datetime as dt
from typing import Any

import pytest

from conduyt_stripe.objects import checkout_of, current, subscription_of


def _subscription(**values: Any) -> dict[str, Any]:
    price = {"id": "price_1", "recurring": {"interval": "month", "interval_count": 1}}
    items = {"data": [{"current_period_end": 1772357400, "quantity": 3, "price": price}]}
    return {"id": "sub_1", "status": "active", "created": 1, "items": items, "cancel_at_period_end": False, "cancel_at": None, **values}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("trialing", "trialing"),
        ("active", "active"),
        ("past_due", "past_due"),
        ("unpaid", "past_due"),
        ("paused", "past_due"),
        ("canceled", "canceled"),
        ("incomplete", "none"),
        ("incomplete_expired", "none"),
        ("something new", "none"),
    ],
)
def test_every_status_has_one_of_ours(status: str, expected: str) -> None:
    assert current("cus_1", [_subscription(status=status)]).status == expected


@pytest.mark.parametrize(
    ("statuses", "chosen"),
    [
        (["canceled", "active"], "sub_2"),
        (["active", "canceled"], "sub_1"),
        (["active", "past_due"], "sub_2"),
        (["canceled", "canceled"], "sub_2"),
        (["canceled", "incomplete"], "sub_1"),
        (["incomplete", "incomplete_expired"], None),
        ([], None),
    ],
)
def test_subscription_in_force_counts_then_the_newest(statuses: list[str], chosen: str | None) -> None:
    found = [_subscription(id=f"sub_{number}", status=status, created=number) for number, status in enumerate(statuses, 1)]

    assert current("cus_1", found).id == chosen
    assert current("cus_1", found[::-1]).id == chosen


@pytest.mark.parametrize(
    ("interval", "count", "expected"),
    [("month", 1, "monthly"), ("year", 1, "annual"), ("month", 12, "annual"), ("month", 3, None), ("week", 1, None), ("day", 1, None)],
)
def test_interval_is_monthly_annual_or_unknown(interval: str, count: int, expected: str | None) -> None:
    found = _subscription()
    found["items"]["data"][0]["price"]["recurring"] = {"interval": interval, "interval_count": count}

    assert subscription_of("cus_1", found).interval == expected


def test_end_of_the_period_is_read_from_the_item_and_of_old_accounts_from_the_subscription() -> None:
    end = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
    old = _subscription(current_period_end=1772357400)
    del old["items"]["data"][0]["current_period_end"]

    assert subscription_of("cus_1", _subscription()).current_period_end == end
    assert subscription_of("cus_1", old).current_period_end == end


@pytest.mark.parametrize("values", [{"cancel_at_period_end": True}, {"cancel_at": 1772357400}])
def test_coming_end_is_told(values: dict[str, Any]) -> None:
    assert subscription_of("cus_1", _subscription(**values)).cancels_at_end


def test_metered_subscription_without_items_of_a_quantity_is_read() -> None:
    found = subscription_of("cus_1", _subscription(items={"data": []}))

    assert (found.quantity, found.price, found.interval, found.current_period_end) == (0, None, None, None)


@pytest.mark.parametrize(
    ("status", "payment", "expected"),
    [
        ("open", "unpaid", ("open", False)),
        ("complete", "paid", ("complete", True)),
        ("complete", "no_payment_required", ("complete", True)),
        ("complete", "unpaid", ("complete", False)),
        ("expired", "unpaid", ("expired", False)),
        ("open", "no_payment_required", ("open", False)),
        ("something new", "unpaid", ("open", False)),
    ],
)
def test_checkout_is_paid_only_when_the_money_is_there(status: str, payment: str, expected: tuple[str, bool]) -> None:
    state = checkout_of({"id": "cs_1", "status": status, "payment_status": payment})

    assert (state.status, state.paid) == expected


def test_references_are_read_whether_or_not_they_are_expanded() -> None:
    state = checkout_of({"id": "cs_1", "status": "open", "customer": {"id": "cus_1"}, "payment_intent": "pi_1", "subscription": None})

    assert (state.customer, state.payment_id, state.subscription_id) == ("cus_1", "pi_1", None)
