"""Stripe's callbacks: whether they are Stripe's and ours, and what they say."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from conduyt_kit.kernel.clock import UTC
from conduyt_kit.kernel.errors import InvalidRequest, SignatureInvalid
from conduyt_kit.ports.billing import BillingEvent, EventType
from conduyt_kit.ports.messages import Callback
from conduyt_kit.ports.signatures import header, verify
from conduyt_stripe.objects import id_of

PROVIDER = "stripe"
SIGNATURE = "Stripe-Signature"
TYPES: Mapping[str, EventType] = {
    "checkout.session.completed": "checkout_completed",
    "checkout.session.async_payment_succeeded": "checkout_completed",
    "checkout.session.async_payment_failed": "checkout_failed",
    "checkout.session.expired": "checkout_expired",
    "customer.subscription.created": "subscription_changed",
    "customer.subscription.updated": "subscription_changed",
    "customer.subscription.paused": "subscription_changed",
    "customer.subscription.resumed": "subscription_changed",
    "customer.subscription.trial_will_end": "subscription_changed",
    "customer.subscription.deleted": "subscription_ended",
    "invoice.paid": "invoice_paid",
    "invoice.payment_failed": "invoice_payment_failed",
    "invoice.payment_action_required": "invoice_payment_failed",
    "charge.refunded": "payment_refunded",
}


def read_event(callback: Callback, *, secret: str, livemode: bool, now: dt.datetime) -> BillingEvent:
    """Return what a callback says.

    The signature is Stripe's scheme ``v1`` over the raw body. It is checked here and not with the stripe library, which goes by the
    machine's clock and raises `TypeError` or `UnicodeDecodeError` on some forged callbacks.

    Raises:
        SignatureInvalid: the signature is wrong or old, or the event is of the other mode or of a connected account.
        InvalidRequest: it is signed but is no event.
    """
    verify(header(callback.headers, SIGNATURE), secret, callback.body, now, provider=PROVIDER)
    try:
        content = json.loads(callback.body)
        event = _event(content)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise InvalidRequest("The callback is signed but holds no event") from error
    if event.livemode is not livemode:
        modes = ("live", "test") if event.livemode else ("test", "live")
        raise SignatureInvalid(f"The event is of the {modes[0]} mode, but CONDUYT_STRIPE_API_KEY of the {modes[1]} mode", PROVIDER)
    if content.get("account"):
        raise SignatureInvalid("The event is of a connected account, not of ours", PROVIDER)
    return event


def _event(content: Any) -> BillingEvent:
    found = content["data"]["object"]
    kind = TYPES.get(content["type"], "other")
    is_customer = found.get("object") == "customer"
    payment = id_of(found.get("payment_intent")) if kind == "payment_refunded" else None
    return BillingEvent(
        id=_text(content["id"]),
        type=kind,
        provider_type=_text(content["type"]),
        object_id=_text(payment or found.get("id") or ""),
        livemode=content["livemode"],
        created=dt.datetime.fromtimestamp(content["created"], UTC),
        customer=id_of(found) if is_customer else id_of(found.get("customer")),
        metadata={str(name): str(value) for name, value in (found.get("metadata") or {}).items()},
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("an event has ids of text")
    return value
