"""The contract of a billing provider, as a pytest class to subclass.

Override the fixture `bench`, which gives the provider and a hold on the account behind it::

    class TestAcmeBilling(BillingContract):
        @pytest.fixture
        def bench(self):
            with AcmeServer() as server:
                yield AcmeBench(server)

The bench plays the customer and the provider: it pays checkouts, changes subscriptions, fails on demand and signs callbacks.
"""

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import ClassVar, Literal, Protocol, get_args

import attrs
import pytest

from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import InvalidRequest, Misconfigured, ProviderError, Rejected, SignatureInvalid, Temporary
from conduyt_kit.ports.billing import (
    BillingEvent,
    BillingProvider,
    Charge,
    Checkout,
    CheckoutPages,
    Customer,
    EventType,
    Subscription,
    SubscriptionStatus,
)
from conduyt_kit.ports.messages import Callback

Failure = Literal["unreachable", "slow", "overloaded", "credentials"]
EXPECTED: Mapping[Failure, type[ProviderError]] = {
    "unreachable": Temporary,
    "slow": Temporary,
    "overloaded": Temporary,
    "credentials": Misconfigured,
}
PAGES = CheckoutPages(success_url="https://crm.example.org/paid?s=1", cancel_url="https://crm.example.org/back")
FORGERIES = ("missing", "empty", "garbage", "not ascii", "no time", "cut", "other secret", "body", "of another body", "later time")


class BillingBench(Protocol):
    """A billing provider and the account behind it. `clock` is the one that provider and account go by."""

    clock: FrozenClock
    monthly: str
    """The id of a price paid by the month."""
    annual: str
    """The id of a price paid by the year."""

    @property
    def billing(self) -> BillingProvider:
        """Return the provider, pointed at the account."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the secrets that no error may show."""

    def complete(self, session_id: str) -> Callback:
        """Pay an open checkout, and return the callback that says so, signed now."""

    def change(
        self, customer: str, *, status: SubscriptionStatus | None = None, quantity: int | None = None, cancels_at_end: bool | None = None
    ) -> Callback:
        """Change a customer's subscription, and return the callback that says so, signed now."""

    def event(self, type: EventType, object_id: str, *, livemode: bool = False) -> Callback:
        """Return the callback that says something, signed now."""

    def sign(self, body: bytes, *, secret: str | None = None) -> str:
        """Return the signature of any body, by now, with another secret where one is given."""

    def fail(self, how: Failure | None) -> None:
        """Fail in this way from now on, with ``None`` no more. Only called for those of `BillingContract.FAILURES`."""


class BillingContract:
    """Every promise of `conduyt_kit.ports.billing.BillingProvider`. Override `bench`; name the FAILURES it can play."""

    FAILURES: ClassVar[frozenset[Failure]] = frozenset(get_args(Failure))
    SIGNATURE: ClassVar[str] = ""
    """The header that signs callbacks."""

    @pytest.fixture
    def bench(self) -> BillingBench:
        pytest.fail("Override the fixture bench: see the docstring of conduyt_kit.testing.contracts.billing")

    # Customers and checkouts

    def test_same_customer_is_made_once(self, bench: BillingBench) -> None:
        first = bench.billing.ensure_customer(_customer())

        assert first
        assert bench.billing.ensure_customer(_customer()) == first
        assert bench.billing.ensure_customer(attrs.evolve(_customer(), known_id=first)) == first
        assert bench.billing.ensure_customer(_customer("ws_2")) != first

    def test_customer_whose_known_id_is_gone_gets_one_that_works(self, bench: BillingBench) -> None:
        id = bench.billing.ensure_customer(attrs.evolve(_customer(), known_id="cus_gone"))

        assert id != "cus_gone"
        assert bench.billing.fetch_subscription(id).status == "none"

    def test_checkout_awaits_its_customer(self, bench: BillingBench) -> None:
        customer = bench.billing.ensure_customer(_customer())

        checkout = _subscribe(bench, customer)

        assert checkout.url.startswith(("https://", "http://"))
        state = bench.billing.fetch_checkout(checkout.session_id)
        assert (state.session_id, state.status, state.paid, state.customer) == (checkout.session_id, "open", False, customer)
        assert dict(state.metadata) == {"plan": "starter"}
        assert bench.billing.fetch_subscription(customer).status == "none"

    def test_repeated_call_with_one_key_opens_one_checkout(self, bench: BillingBench) -> None:
        customer = bench.billing.ensure_customer(_customer())

        assert _subscribe(bench, customer) == _subscribe(bench, customer)
        assert _subscribe(bench, customer, key="key-2").session_id != _subscribe(bench, customer).session_id

    def test_key_used_with_other_arguments_is_rejected(self, bench: BillingBench) -> None:
        customer = bench.billing.ensure_customer(_customer())
        _subscribe(bench, customer)

        with pytest.raises(Rejected):
            _subscribe(bench, customer, price=bench.annual)

    def test_unknown_customers_prices_and_checkouts_are_rejected(self, bench: BillingBench) -> None:
        customer = bench.billing.ensure_customer(_customer())

        for call in (
            lambda: _subscribe(bench, "cus_unknown"),
            lambda: _subscribe(bench, customer, price="", key="key-3"),
            lambda: bench.billing.create_portal(customer="cus_unknown", return_url="https://crm.example.org/"),
            lambda: bench.billing.fetch_subscription("cus_unknown"),
            lambda: bench.billing.fetch_checkout("cs_unknown"),
        ):
            with pytest.raises(Rejected) as caught:
                call()
            assert caught.value.provider == bench.billing.provider

    def test_portal_has_an_address(self, bench: BillingBench) -> None:
        customer = bench.billing.ensure_customer(_customer())

        url = bench.billing.create_portal(customer=customer, return_url="https://crm.example.org/settings")

        assert url.startswith(("https://", "http://"))

    # Subscriptions

    @pytest.mark.parametrize("interval", ["monthly", "annual"])
    def test_paid_checkout_is_a_subscription(self, bench: BillingBench, interval: str) -> None:
        customer = bench.billing.ensure_customer(_customer())
        price = bench.monthly if interval == "monthly" else bench.annual

        checkout = _subscribe(bench, customer, price=price, quantity=3)
        bench.complete(checkout.session_id)

        found = bench.billing.fetch_subscription(customer)
        state = bench.billing.fetch_checkout(checkout.session_id)
        assert (found.customer, found.status, found.price, found.interval, found.quantity) == (customer, "active", price, interval, 3)
        assert (state.status, state.paid, state.subscription_id) == ("complete", True, found.id)
        assert not found.cancels_at_end
        assert found.current_period_end is not None
        days = (found.current_period_end - bench.clock.now()).days
        assert 27 < days < 32 if interval == "monthly" else 364 < days < 367
        assert found.current_period_end.utcoffset() == dt.timedelta(0)

    @pytest.mark.parametrize("status", ["trialing", "active", "past_due", "canceled"])
    def test_status_of_a_subscription_is_told(self, bench: BillingBench, status: SubscriptionStatus) -> None:
        customer = _subscribed(bench)

        bench.change(customer, status=status)

        assert bench.billing.fetch_subscription(customer).status == status

    def test_changes_of_a_subscription_are_told(self, bench: BillingBench) -> None:
        customer = _subscribed(bench)

        bench.change(customer, quantity=7, cancels_at_end=True)

        found = bench.billing.fetch_subscription(customer)
        assert (found.status, found.quantity, found.cancels_at_end) == ("active", 7, True)

    def test_subscription_in_force_goes_before_one_that_ended(self, bench: BillingBench) -> None:
        customer = _subscribed(bench)
        bench.change(customer, status="canceled")
        ended = bench.billing.fetch_subscription(customer)
        bench.clock.advance(dt.timedelta(minutes=1))

        bench.complete(_subscribe(bench, customer, key="key-2").session_id)

        found = bench.billing.fetch_subscription(customer)
        assert (ended.status, found.status) == ("canceled", "active")
        assert found.id != ended.id

    # Single payments

    @pytest.mark.parametrize(("amount", "currency"), [(1999, "USD"), (500, "JPY"), (1, "EUR")])
    def test_single_payment_is_taken_in_the_smallest_unit(self, bench: BillingBench, amount: int, currency: str) -> None:
        charge = Charge(amount=amount, currency=currency, description="Invoice INV-7")
        checkout = bench.billing.create_payment_checkout(charge, pages=PAGES, idempotency_key="pay-1", metadata={"invoice": "inv_7"})
        before = bench.billing.fetch_checkout(checkout.session_id)

        bench.complete(checkout.session_id)

        after = bench.billing.fetch_checkout(checkout.session_id)
        assert (before.status, before.paid) == ("open", False)
        assert (after.status, after.paid, after.amount, after.currency) == ("complete", True, amount, currency)
        assert dict(after.metadata) == {"invoice": "inv_7"}
        assert after.payment_id
        assert bench.billing.fetch_checkout(checkout.session_id) == after

    def test_single_payment_of_a_known_customer_begins_no_subscription(self, bench: BillingBench) -> None:
        customer = bench.billing.ensure_customer(_customer())
        charge = Charge(amount=100, currency="USD", description="Invoice INV-7")

        checkout = bench.billing.create_payment_checkout(charge, customer=customer, pages=PAGES, idempotency_key="pay-1")
        bench.complete(checkout.session_id)

        assert bench.billing.fetch_checkout(checkout.session_id).customer == customer
        assert bench.billing.fetch_subscription(customer) == Subscription(customer=customer, status="none")

    @pytest.mark.parametrize("amount", [0, -1])
    def test_charge_without_an_amount_is_refused(self, amount: int) -> None:
        with pytest.raises(ValueError, match="above zero"):
            Charge(amount=amount, currency="USD", description="Nothing")

    # Callbacks

    def test_callback_of_a_paid_checkout_is_read(self, bench: BillingBench) -> None:
        customer = bench.billing.ensure_customer(_customer())
        checkout = _subscribe(bench, customer)

        event = bench.billing.read_event(bench.complete(checkout.session_id))

        assert (event.type, event.object_id, event.customer, event.livemode) == ("checkout_completed", checkout.session_id, customer, False)
        assert dict(event.metadata) == {"plan": "starter"}
        assert event.created == bench.clock.now().replace(microsecond=0)
        assert event.id

    def test_callbacks_of_a_subscription_are_read(self, bench: BillingBench) -> None:
        customer = _subscribed(bench)

        changed = bench.billing.read_event(bench.change(customer, status="past_due"))
        ended = bench.billing.read_event(bench.change(customer, status="canceled"))

        assert (changed.type, ended.type) == ("subscription_changed", "subscription_ended")
        assert changed.object_id == ended.object_id == bench.billing.fetch_subscription(customer).id
        assert changed.customer == ended.customer == customer

    @pytest.mark.parametrize("type", get_args(EventType))
    def test_each_type_of_event_is_read(self, bench: BillingBench, type: EventType) -> None:
        event = bench.billing.read_event(bench.event(type, "obj_1"))

        assert (event.type, event.object_id) == (type, "obj_1")

    @pytest.mark.parametrize("forgery", FORGERIES)
    def test_forged_callback_is_refused(self, bench: BillingBench, forgery: str) -> None:
        with pytest.raises(SignatureInvalid) as caught:
            bench.billing.read_event(self._forged(bench, forgery))

        assert not [secret for secret in bench.secrets if secret in str(caught.value)]

    def test_hundreds_of_guessed_signatures_are_refused(self, bench: BillingBench) -> None:
        callback = bench.event("invoice_paid", "in_1")
        good = callback.headers[self.SIGNATURE]

        for number in range(500):
            with pytest.raises(SignatureInvalid):
                bench.billing.read_event(self._signed(callback, bench.sign(callback.body, secret=f"whsec_{number}")))

        assert bench.billing.read_event(self._signed(callback, good)).object_id == "in_1"

    def test_late_callback_is_refused_after_five_minutes(self, bench: BillingBench) -> None:
        callback = bench.event("invoice_paid", "in_1")
        bench.clock.advance(dt.timedelta(minutes=4, seconds=59))
        in_time = bench.billing.read_event(callback)
        bench.clock.advance(dt.timedelta(seconds=3))

        with pytest.raises(SignatureInvalid):
            bench.billing.read_event(callback)

        assert in_time.object_id == "in_1"

    def test_replayed_callback_has_the_same_id_and_another_event_another(self, bench: BillingBench) -> None:
        callback = bench.event("invoice_paid", "in_1")
        again = self._signed(callback, bench.sign(callback.body))

        ids = {bench.billing.read_event(item).id for item in (callback, callback, again)}

        assert len(ids) == 1
        assert bench.billing.read_event(bench.event("invoice_paid", "in_1")).id not in ids

    def test_secret_may_be_rotated(self, bench: BillingBench) -> None:
        callback = bench.event("invoice_paid", "in_1")
        old = bench.sign(callback.body, secret="whsec_of_yesterday").partition(",")[2]

        assert bench.billing.read_event(self._signed(callback, f"{callback.headers[self.SIGNATURE]},{old}")).object_id == "in_1"

    def test_event_of_the_live_mode_is_refused_in_test_mode(self, bench: BillingBench) -> None:
        with pytest.raises(SignatureInvalid, match="mode"):
            bench.billing.read_event(bench.event("invoice_paid", "in_1", livemode=True))

    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"{", b"\xff", b'{"id": 1}', b"[" * 100_000, b'{"created": 1e999}'])
    def test_signed_body_that_is_no_event_is_refused(self, bench: BillingBench, body: bytes) -> None:
        callback = attrs.evolve(bench.event("invoice_paid", "in_1"), body=body)

        with pytest.raises(InvalidRequest):
            bench.billing.read_event(self._signed(callback, bench.sign(body)))

    def test_header_name_is_read_in_any_case(self, bench: BillingBench) -> None:
        callback = bench.event("invoice_paid", "in_1")
        headers = {name.upper(): value for name, value in callback.headers.items()}

        assert bench.billing.read_event(attrs.evolve(callback, headers=headers)).object_id == "in_1"

    def test_every_order_of_callbacks_and_replays_ends_in_the_same_state(self, bench: BillingBench) -> None:
        customer = bench.billing.ensure_customer(_customer())
        callbacks = [bench.complete(_subscribe(bench, customer).session_id)]
        for status, quantity in (("past_due", 2), ("active", 3), ("canceled", 4)):
            callbacks.append(bench.change(customer, status=status, quantity=quantity))  # type: ignore[arg-type]
        last = bench.billing.fetch_subscription(customer)
        events = [bench.billing.read_event(callback) for callback in callbacks]

        for order in itertools.permutations(events):
            assert _consumed(bench, [*order, *order]) == (last, 4)

        assert (last.status, last.quantity) == ("canceled", 4)

    # Failing

    @pytest.mark.parametrize("how", get_args(Failure))
    def test_each_failure_has_its_kind_and_passes(self, bench: BillingBench, how: Failure) -> None:
        if how not in self.FAILURES:
            pytest.skip(f"this provider cannot fail so: {how}")
        customer = bench.billing.ensure_customer(_customer())
        bench.fail(how)

        for call in (
            lambda: bench.billing.ensure_customer(_customer("ws_9")),
            lambda: _subscribe(bench, customer),
            lambda: bench.billing.create_portal(customer=customer, return_url="https://crm.example.org/"),
            lambda: bench.billing.fetch_subscription(customer),
            bench.billing.check,
        ):
            with pytest.raises(ProviderError) as caught:
                call()
            assert type(caught.value) is EXPECTED[how]
            assert caught.value.provider == bench.billing.provider
            assert not [secret for secret in bench.secrets if secret in repr(caught.value) + str(caught.value)]
        bench.fail(None)

        assert _subscribe(bench, customer).session_id

    def test_check_says_that_all_is_well(self, bench: BillingBench) -> None:
        assert len(bench.billing.check()) > 10

    # Inside

    def _signed(self, callback: Callback, signature: str) -> Callback:
        return attrs.evolve(callback, headers={self.SIGNATURE: signature})

    def _forged(self, bench: BillingBench, how: str) -> Callback:
        callback, other = bench.event("invoice_paid", "in_1"), bench.event("invoice_paid", "in_2")
        good = callback.headers[self.SIGNATURE]
        if how == "missing":
            return attrs.evolve(callback, headers={})
        if how == "body":
            return attrs.evolve(callback, body=callback.body.replace(b"in_1", b"in_2"))
        time, _, value = good.partition(",")
        later = f"t={int(bench.clock.now().timestamp()) + 60}"
        forged = {
            "empty": "",
            "garbage": "t=1,v1",
            "not ascii": f"{time},v1=é{value[4:]}",
            "no time": value,
            "cut": good[:-1],
            "other secret": bench.sign(callback.body, secret="whsec_other"),
            "of another body": other.headers[self.SIGNATURE],
            "later time": f"{later},{value}",
        }
        return self._signed(callback, forged[how])


def _customer(reference: str = "ws_1") -> Customer:
    return Customer(reference=reference, name="Shop", email=f"owner@{reference.replace('_', '')}.example.org")


def _subscribe(bench: BillingBench, customer: str, *, price: str | None = None, quantity: int = 1, key: str = "key-1") -> Checkout:
    return bench.billing.create_checkout(
        customer=customer,
        price=bench.monthly if price is None else price,
        quantity=quantity,
        pages=PAGES,
        idempotency_key=key,
        metadata={"plan": "starter"},
    )


def _subscribed(bench: BillingBench) -> str:
    customer = bench.billing.ensure_customer(_customer())
    bench.complete(_subscribe(bench, customer).session_id)
    return customer


def _consumed(bench: BillingBench, arrived: list[BillingEvent]) -> tuple[Subscription, int]:
    """Consume events as the port asks for: each id once, and re-reading the subscription instead of trusting the order."""
    seen: set[str] = set()
    state = Subscription(customer="", status="none")
    for event in arrived:
        if event.id not in seen:
            seen.add(event.id)
            state = bench.billing.fetch_subscription(event.customer or "")
    return state, len(seen)
