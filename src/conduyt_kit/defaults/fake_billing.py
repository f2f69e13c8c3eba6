"""Fake billing: subscriptions and payments that cost nothing, so that every flow can be tried without an account anywhere.

Its state is in memory, per process, and moves by the kit's clock, which `FakeBilling.pass_time` can run ahead of. Customer ids follow
from their reference, so they outlive a restart; checkouts and subscriptions do not.
"""

import datetime as dt
import hashlib
import json
import secrets
import threading
from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.kernel.clock import UTC, Clock
from conduyt_kit.kernel.errors import InvalidRequest, ProviderError, Rejected, SignatureInvalid
from conduyt_kit.ports.billing import (
    BillingEvent,
    BillingInterval,
    Charge,
    Checkout,
    CheckoutPages,
    CheckoutState,
    Customer,
    EventType,
    Subscription,
    SubscriptionStatus,
)
from conduyt_kit.ports.messages import Callback
from conduyt_kit.ports.signatures import header, sign, verify

SIGNATURE = "Conduyt-Fake-Signature"
PERIODS: Mapping[BillingInterval, dt.timedelta] = {"monthly": dt.timedelta(days=30), "annual": dt.timedelta(days=365)}


@attrs.frozen(kw_only=True)
class PretendCheckout:
    """A checkout as its pretend page shows it; `price` and `quantity` of one that subscribes, `description` of a single payment."""

    state: CheckoutState
    pages: CheckoutPages
    price: str | None = None
    quantity: int = 0
    description: str = ""


@attrs.frozen(kw_only=True)
class PretendPortal:
    """A visit to the pretend portal."""

    subscription: Subscription
    return_url: str


class FakeBilling:
    """A `BillingProvider` with a pretend checkout.

    `complete`, `expire` and `change` play the customer; each returns the callback that a real provider would send to
    ``POST /billing/webhook``. `pass_time` lets subscriptions renew or end. A price whose id ends in ``annual`` is paid by the year,
    every other one by the month.

    Args:
        clock: what periods and signatures go by.
        secret: signs the callbacks.
        public_url: the server's address; the pretend checkout and portal have URLs under it.
    """

    provider = "fake"

    def __init__(self, clock: Clock, secret: str, public_url: str) -> None:
        self._clock = clock
        self._secret = secret
        self._url = public_url.rstrip("/")
        self._lock = threading.RLock()
        self._customers: set[str] = set()
        self._ahead = dt.timedelta()
        self._sessions: dict[str, PretendCheckout] = {}
        self._portals: dict[str, tuple[str, str]] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._answers: dict[str, tuple[str, str]] = {}
        self._failure: ProviderError | None = None

    # The port

    def ensure_customer(self, customer: Customer) -> str:
        with self._working():
            id = "cus_fake_" + hashlib.sha256(customer.reference.encode()).hexdigest()[:20]
            self._customers.add(id)
            return id

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
        with self._working():
            self._known(customer)
            if not price:
                raise Rejected("There is no such price", self.provider)
            state = CheckoutState(session_id=_new("cs_fake_"), status="open", paid=False, customer=customer, metadata=dict(metadata or {}))
            return self._opened(idempotency_key, PretendCheckout(state=state, pages=pages, price=price, quantity=quantity))

    def create_payment_checkout(
        self,
        charge: Charge,
        *,
        customer: str | None = None,
        pages: CheckoutPages,
        idempotency_key: str,
        metadata: Mapping[str, str] | None = None,
    ) -> Checkout:
        with self._working():
            if customer is not None:
                self._known(customer)
            state = CheckoutState(
                session_id=_new("cs_fake_"),
                status="open",
                paid=False,
                customer=customer,
                amount=charge.amount,
                currency=charge.currency,
                metadata=dict(metadata or {}),
            )
            return self._opened(idempotency_key, PretendCheckout(state=state, pages=pages, description=charge.description))

    def create_portal(self, *, customer: str, return_url: str) -> str:
        with self._working():
            self._known(customer)
            id = _new("bps_fake_")
            self._portals[id] = (customer, return_url)
            return f"{self._url}/fake-billing/portal/{id}"

    def fetch_checkout(self, session_id: str) -> CheckoutState:
        with self._working():
            return self._session(session_id).state

    def fetch_subscription(self, customer: str) -> Subscription:
        with self._working():
            self._known(customer)
            return self._current(customer)

    def read_event(self, callback: Callback) -> BillingEvent:
        verify(header(callback.headers, SIGNATURE), self._secret, callback.body, self._clock.now(), provider=self.provider)
        try:
            content: dict[str, Any] = json.loads(callback.body)
            event = BillingEvent(**{**content, "created": dt.datetime.fromtimestamp(content["created"], UTC)})
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise InvalidRequest("The callback is signed but holds no event") from error
        if event.livemode:
            raise SignatureInvalid("The event is of the live mode; fake billing has only the test mode", self.provider)
        return event

    def check(self) -> str:
        with self._working():
            return "Fake billing: checkouts cost nothing and are kept in memory"

    # The script

    def complete(self, session_id: str) -> Callback:
        """Pay an open checkout, as a customer would; a subscription begins or changes with it."""
        with self._lock:
            session = self._session(session_id)
            if session.state.status != "open":
                raise Rejected(f"The checkout {session_id!r} is {session.state.status}", self.provider)
            state = attrs.evolve(session.state, status="complete", paid=True)
            if session.price is None:
                state = attrs.evolve(state, payment_id=_new("pi_fake_"))
            else:
                subscription = self._begun(session)
                self._subscriptions[subscription.customer] = subscription
                state = attrs.evolve(state, subscription_id=subscription.id)
            self._sessions[session_id] = attrs.evolve(session, state=state)
            return self.event("checkout_completed", session_id, customer=state.customer, metadata=state.metadata)

    def expire(self, session_id: str) -> Callback:
        """Let an open checkout lapse."""
        with self._lock:
            session = self._session(session_id)
            if session.state.status != "open":
                raise Rejected(f"The checkout {session_id!r} is {session.state.status}", self.provider)
            state = attrs.evolve(session.state, status="expired")
            self._sessions[session_id] = attrs.evolve(session, state=state)
            return self.event("checkout_expired", session_id, customer=state.customer, metadata=state.metadata)

    def change(
        self, customer: str, *, status: SubscriptionStatus | None = None, quantity: int | None = None, cancels_at_end: bool | None = None
    ) -> Callback:
        """Change a customer's subscription, as the portal or a failed renewal would."""
        with self._lock:
            found = self._subscriptions.get(customer)
            if found is None:
                raise Rejected(f"The customer {customer!r} has no subscription", self.provider)
            now = _at(found, self._now())
            changed = attrs.evolve(
                now,
                status=status or now.status,
                quantity=now.quantity if quantity is None else quantity,
                cancels_at_end=now.cancels_at_end if cancels_at_end is None else cancels_at_end,
            )
            self._subscriptions[customer] = changed
            kind: EventType = "subscription_ended" if changed.status == "canceled" else "subscription_changed"
            return self.event(kind, changed.id or "", customer=customer)

    def pass_time(self, by: dt.timedelta) -> None:
        """Let subscriptions live ahead of the clock: they renew or end as they would after that time. Callbacks go by the clock."""
        with self._lock:
            self._ahead += by

    def checkout(self, session_id: str) -> PretendCheckout:
        """Return a checkout as its page shows it.

        Raises:
            Rejected: there is none.
        """
        with self._lock:
            return self._session(session_id)

    def portal(self, id: str) -> PretendPortal:
        """Return what a visit to the portal shows.

        Raises:
            Rejected: there is none.
        """
        with self._lock:
            if id not in self._portals:
                raise Rejected(f"There is no portal session {id!r}", self.provider)
            customer, return_url = self._portals[id]
            return PretendPortal(subscription=self._current(customer), return_url=return_url)

    def fail_with(self, error: ProviderError | None) -> None:
        """Make every call of the port fail with this error, until called with ``None``."""
        self._failure = error

    def event(
        self,
        type: EventType,
        object_id: str,
        *,
        customer: str | None = None,
        metadata: Mapping[str, str] | None = None,
        livemode: bool = False,
    ) -> Callback:
        """Return a signed callback, sent now."""
        content = {
            "id": _new("evt_fake_"),
            "type": type,
            "provider_type": type,
            "object_id": object_id,
            "livemode": livemode,
            "created": int(self._clock.now().timestamp()),
            "customer": customer,
            "metadata": dict(metadata or {}),
        }
        body = json.dumps(content).encode()
        headers = {SIGNATURE: sign(self._secret, body, self._clock.now())}
        return Callback(url=f"{self._url}/api/v1/billing/webhook", headers=headers, body=body)

    # Inside

    def _working(self) -> threading.RLock:
        failure = self._failure
        if failure is not None:
            raise failure
        return self._lock

    def _known(self, customer: str) -> None:
        if customer not in self._customers:
            raise Rejected(f"There is no customer {customer!r}", self.provider)

    def _now(self) -> dt.datetime:
        return self._clock.now() + self._ahead

    def _current(self, customer: str) -> Subscription:
        found = self._subscriptions.get(customer)
        if found is None:
            return Subscription(customer=customer, status="none")
        found = self._subscriptions[customer] = _at(found, self._now())
        return found

    def _session(self, session_id: str) -> PretendCheckout:
        found = self._sessions.get(session_id)
        if found is None:
            raise Rejected(f"There is no checkout {session_id!r}", self.provider)
        return found

    def _opened(self, key: str, session: PretendCheckout) -> Checkout:
        asked = repr(attrs.evolve(session, state=attrs.evolve(session.state, session_id="")))
        before, session_id = self._answers.setdefault(key, (asked, session.state.session_id))
        if before != asked:
            raise Rejected(f"The idempotency key {key!r} was used with other arguments", self.provider)
        self._sessions.setdefault(session_id, session)
        return Checkout(url=f"{self._url}/fake-billing/checkout/{session_id}", session_id=session_id)

    def _begun(self, session: PretendCheckout) -> Subscription:
        customer = session.state.customer or ""
        current = self._subscriptions.get(customer)
        interval: BillingInterval = "annual" if str(session.price).endswith("annual") else "monthly"
        return Subscription(
            customer=customer,
            status="active",
            id=current.id if current and current.status != "canceled" else _new("sub_fake_"),
            price=session.price,
            interval=interval,
            current_period_end=self._now() + PERIODS[interval],
            quantity=session.quantity,
        )


def _at(subscription: Subscription, now: dt.datetime) -> Subscription:
    """Return a subscription as it is after its renewals: one in force is renewed as often as needed, unless it was to end."""
    end, interval = subscription.current_period_end, subscription.interval
    if end is None or interval is None or end > now or subscription.status not in ("active", "trialing"):
        return subscription
    if subscription.cancels_at_end:
        return attrs.evolve(subscription, status="canceled")
    periods = (now - end) // PERIODS[interval] + 1
    return attrs.evolve(subscription, status="active", current_period_end=end + periods * PERIODS[interval])


def _new(prefix: str) -> str:
    return prefix + secrets.token_hex(10)
