"""Stripe's objects, as plain dictionaries, to the port's."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from conduyt_kit.kernel.clock import UTC
from conduyt_kit.ports.billing import BillingInterval, CheckoutState, Subscription, SubscriptionStatus

STATUSES: Mapping[str, SubscriptionStatus] = {
    "trialing": "trialing",
    "active": "active",
    "past_due": "past_due",
    # Both stop the service until something is paid, and the customer can still mend them in the portal.
    "unpaid": "past_due",
    "paused": "past_due",
    "canceled": "canceled",
}
"""Without ``incomplete`` and ``incomplete_expired``: their first payment never arrived, so they never began."""


def current(customer: str, found: Sequence[Mapping[str, Any]]) -> Subscription:
    """Return the subscription that counts out of all a customer has or had."""
    begun = [item for item in found if item.get("status") in STATUSES]
    if not begun:
        return Subscription(customer=customer, status="none")
    return subscription_of(customer, max(begun, key=lambda item: (item["status"] != "canceled", item.get("created") or 0)))


def subscription_of(customer: str, found: Mapping[str, Any]) -> Subscription:
    items = (found.get("items") or {}).get("data") or [{}]
    # The end of the period moved from the subscription to its items in 2025.
    end = items[0].get("current_period_end") or found.get("current_period_end")
    price = items[0].get("price") or {}
    return Subscription(
        customer=customer,
        status=STATUSES[found["status"]],
        id=found["id"],
        price=price.get("id"),
        interval=_interval(price.get("recurring") or {}),
        current_period_end=dt.datetime.fromtimestamp(end, UTC) if end else None,
        quantity=items[0].get("quantity") or 0,
        cancels_at_end=bool(found.get("cancel_at_period_end") or found.get("cancel_at")),
    )


def checkout_of(found: Mapping[str, Any]) -> CheckoutState:
    complete = found.get("status") == "complete"
    currency = found.get("currency")
    return CheckoutState(
        session_id=found["id"],
        status="complete" if complete else "expired" if found.get("status") == "expired" else "open",
        paid=complete and found.get("payment_status") in ("paid", "no_payment_required"),
        customer=id_of(found.get("customer")),
        subscription_id=id_of(found.get("subscription")),
        payment_id=id_of(found.get("payment_intent")),
        amount=found.get("amount_total"),
        currency=currency.upper() if currency else None,
        metadata=dict(found.get("metadata") or {}),
    )


def id_of(found: Any) -> str | None:
    """Return the id of a reference, which is either that or the whole object."""
    if isinstance(found, Mapping):
        found = found.get("id")
    return found if isinstance(found, str) else None


def _interval(recurring: Mapping[str, Any]) -> BillingInterval | None:
    known: Mapping[tuple[Any, Any], BillingInterval] = {("month", 1): "monthly", ("month", 12): "annual", ("year", 1): "annual"}
    return known.get((recurring.get("interval"), recurring.get("interval_count") or 1))
