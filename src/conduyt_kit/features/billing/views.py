"""What the endpoints show."""

import datetime as dt

import attrs

from conduyt_kit.features.workspaces.entities import Plan
from conduyt_kit.ports.billing import BillingInterval, SubscriptionStatus


@attrs.frozen(kw_only=True)
class CheckoutView:
    """A checkout that awaits its customer."""

    checkout_url: str
    session_id: str


@attrs.frozen(kw_only=True)
class PortalView:
    """The address of the billing portal, good for a short while."""

    portal_url: str


@attrs.frozen(kw_only=True)
class SeatsView:
    """Seats taken, and those that come with the plan (A35)."""

    used: int
    included: int


@attrs.frozen(kw_only=True)
class UsageView:
    """All contacts, and the messages sent in the current calendar month (UTC)."""

    contacts: int
    sms_messages: int
    email_messages: int


@attrs.frozen(kw_only=True)
class StatusView:
    """The subscription and what is used of it; interval and end are null without one."""

    plan: Plan
    status: SubscriptionStatus
    interval: BillingInterval | None
    current_period_end: dt.datetime | None
    seats: SeatsView
    usage: UsageView


@attrs.frozen(kw_only=True)
class CallbackTaken:
    """A callback was consumed, or had been before."""

    received: bool
