"""The port for taking money: subscriptions through a hosted checkout and portal, and single payments.

Card data never passes through the kit: a checkout is a page of the provider's. What came of it arrives in two ways at once, by the
customer's return and by the provider's callback, in any order and more than once. So an event only says that something happened
to an object; `fetch_checkout` and `fetch_subscription` say how things are now. Record each `BillingEvent.id` once, and each payment
once by `CheckoutState.payment_id`.

Errors are `ProviderError` kinds: `Temporary` may be tried again, with the same idempotency key; `Rejected` is final;
`Misconfigured` names the setting.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Literal, Protocol

import attrs

from conduyt_kit.kernel.environment import Port
from conduyt_kit.ports.messages import Callback

SubscriptionStatus = Literal["trialing", "active", "past_due", "canceled", "none"]
BillingInterval = Literal["monthly", "annual"]
EventType = Literal[
    "checkout_completed",
    "checkout_failed",
    "checkout_expired",
    "subscription_changed",
    "subscription_ended",
    "invoice_paid",
    "invoice_payment_failed",
    "payment_refunded",
    "other",
]


@attrs.frozen(kw_only=True)
class Customer:
    """Who pays. `reference` is ours, stable (a workspace's id); `known_id` the provider's id of them from before, if any."""

    reference: str
    name: str
    email: str
    known_id: str | None = None


@attrs.frozen(kw_only=True)
class CheckoutPages:
    """Where a checkout sends the customer afterwards: after success, and when they turn back."""

    success_url: str
    cancel_url: str


@attrs.frozen(kw_only=True)
class Checkout:
    """A checkout that awaits its customer at `url`."""

    url: str
    session_id: str


@attrs.frozen(kw_only=True)
class Charge:
    """A single payment: `amount` in the currency's smallest unit (cents of USD, whole JPY), `currency` in capitals."""

    amount: int
    currency: str
    description: str

    def __attrs_post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a charge needs an amount above zero")


@attrs.frozen(kw_only=True)
class CheckoutState:
    """How a checkout stands.

    `paid` is whether the money has arrived, or none was due; a completed checkout may still await it (bank debits). `payment_id` is
    the provider's id of the payment, of a single payment only: the same for every notice of it.
    """

    session_id: str
    status: Literal["open", "complete", "expired"]
    paid: bool
    customer: str | None = None
    subscription_id: str | None = None
    payment_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    metadata: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Subscription:
    """A customer's subscription as it is now; of one who never had any only `customer` and the status ``none`` are set.

    `price` is the provider's id of the price; `quantity` the number of seats. `cancels_at_end` says that it will not be renewed at
    `current_period_end`.
    """

    customer: str
    status: SubscriptionStatus
    id: str | None = None
    price: str | None = None
    interval: BillingInterval | None = None
    current_period_end: dt.datetime | None = None
    quantity: int = 0
    cancels_at_end: bool = False


@attrs.frozen(kw_only=True)
class BillingEvent:
    """A callback whose signature was right: something happened to an object.

    `object_id` is the checkout session of the checkout types, the subscription, invoice or payment of the others. `created` is when
    it happened, which says nothing on the order in which events arrive. `provider_type` is the provider's own word for it.
    """

    id: str
    type: EventType
    provider_type: str
    object_id: str
    livemode: bool
    created: dt.datetime
    customer: str | None = None
    metadata: Mapping[str, str] = attrs.field(factory=dict)


class BillingProvider(Protocol):
    """Takes money through one provider's account. Thread-safe.

    Every method may raise `Temporary` (it may work later), `Rejected` (an id or price the provider does not know, an amount it does
    not take) and `Misconfigured` (credentials), unless it says otherwise.
    """

    @property
    def provider(self) -> str:
        """Return the provider's name, such as ``"stripe"``."""

    def ensure_customer(self, customer: Customer) -> str:
        """Return the provider's id of a customer, made if need be. Calling it twice makes one customer."""

    def create_checkout(
        self,
        *,
        customer: str,
        price: str,
        quantity: int = 1,
        pages: CheckoutPages,
        idempotency_key: str,
        metadata: Mapping[str, str] | None = None,
    ) -> Checkout:
        """Open a checkout that subscribes a customer to a price.

        A second call with the same idempotency key returns the first one's checkout; with other arguments it is `Rejected`.
        `metadata` comes back with the checkout and its events.
        """

    def create_payment_checkout(
        self,
        charge: Charge,
        *,
        customer: str | None = None,
        pages: CheckoutPages,
        idempotency_key: str,
        metadata: Mapping[str, str] | None = None,
    ) -> Checkout:
        """Open a checkout for a single payment, by a known customer or anybody. Idempotent as `create_checkout`."""

    def create_portal(self, *, customer: str, return_url: str) -> str:
        """Return the URL of the page where a customer manages subscription, cards and invoices. It is short-lived: make one per use."""

    def fetch_checkout(self, session_id: str) -> CheckoutState:
        """Return how a checkout stands now."""

    def fetch_subscription(self, customer: str) -> Subscription:
        """Return the subscription a customer has now: one in force before one that ended, the newer before the older."""

    def read_event(self, callback: Callback) -> BillingEvent:
        """Return what a callback says, checked against its raw body. Asks the provider nothing.

        Raises:
            SignatureInvalid: it is not the provider's, too old, or of the other mode (test or live) or another account.
            InvalidRequest: the signature is right but the body is no event.
            Misconfigured: the secret that callbacks are signed with is not set.
        """

    def check(self) -> str:
        """Return a sentence on the account, after asking the provider."""


BILLING: Port[BillingProvider] = Port("billing", "how money is taken")
