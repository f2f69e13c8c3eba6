"""Who pays for a workspace, what was asked of the billing provider, and which of its events were consumed."""

import datetime as dt
from typing import Literal

import attrs

from conduyt_kit.features.workspaces.entities import Plan
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import stored
from conduyt_kit.ports.billing import BillingInterval, SubscriptionStatus

Purpose = Literal["subscription", "payment"]
AttemptState = Literal["asked", "open", "completed", "expired", "refused"]
"""``asked`` means that the provider was or is being asked and what came of it is not known yet."""


@attrs.frozen(kw_only=True)
class BillingAccount:
    """A workspace as the provider's customer, with its subscription as last fetched. Its id is the workspace's.

    Name and address are chosen once, before the provider is first asked, so that all who ask at once ask for the same customer.
    `revision` moves with every fetched state that is written: one fetched before another was written is never written over it.
    """

    id: str
    provider: str
    customer: str | None = None
    name: str = attrs.field(metadata=stored(personal=True))
    email: str = attrs.field(metadata=stored(personal=True))
    status: SubscriptionStatus = "none"
    plan: Plan | None = None
    interval: BillingInterval | None = None
    current_period_end: dt.datetime | None = None
    cancels_at_end: bool = False
    quantity: int = 0
    subscription_id: str | None = None
    revision: int = attrs.field(default=0, metadata=stored(hidden=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


@attrs.frozen(kw_only=True)
class CheckoutAttempt:
    """One checkout, noted before the provider is asked for it: the id makes the idempotency key of that call.

    `subject_type` and `subject_id` say what a payment is for, `amount` in the currency's smallest unit. `page_url` is where the payer
    goes afterwards.
    """

    id: str
    provider: str
    purpose: Purpose
    fingerprint: str = attrs.field(metadata=stored(hidden=True))
    state: AttemptState = "asked"
    session_id: str | None = None
    url: str | None = None
    problem: str | None = None
    subject_type: str | None = None
    subject_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    page_url: str | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


@attrs.frozen(kw_only=True)
class ConsumedEvent:
    """An event of the provider's that was consumed, written with its effect: the same one again has none."""

    id: str
    type: str
    object_id: str
    happened_at: dt.datetime
    consumed_at: dt.datetime


BILLING_ACCOUNT: EntitySpec[BillingAccount] = entity(
    BillingAccount, name="billing_account", locators=["customer"], sort=("created_at",), events=False, counted=False
)

CHECKOUT_ATTEMPT: EntitySpec[CheckoutAttempt] = entity(
    CheckoutAttempt,
    name="checkout_attempt",
    new_id=ids.sortable("chk_"),
    indexes=[("fingerprint", "-created_at")],
    sort=("-created_at",),
    events=False,
    audited=False,
    counted=False,
)

CONSUMED_EVENT: EntitySpec[ConsumedEvent] = entity(
    ConsumedEvent,
    name="billing_event",
    indexes=[("consumed_at",)],
    sort=("-consumed_at",),
    events=False,
    audited=False,
    counted=False,
)
