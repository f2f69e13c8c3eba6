import datetime as dt

import pytest

from conduyt_kit.defaults.fake_billing import PERIODS, SIGNATURE, FakeBilling
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Rejected, Temporary
from conduyt_kit.kit import Kit
from conduyt_kit.ports.billing import BILLING, CheckoutPages, Customer, EventType, SubscriptionStatus
from conduyt_kit.ports.messages import Callback
from conduyt_kit.ports.signatures import sign
from conduyt_kit.testing.contracts.billing import BillingContract, Failure

SECRET = "fake-secret-of-the-test"
NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
PAGES = CheckoutPages(success_url="https://crm.example.org/paid", cancel_url="https://crm.example.org/back")


class FakeBench:
    monthly, annual = "starter_monthly", "starter_annual"
    secrets = (SECRET,)

    def __init__(self) -> None:
        self.clock = FrozenClock(NOW)
        self.billing = FakeBilling(self.clock, SECRET, "https://crm.example.org/")

    def complete(self, session_id: str) -> Callback:
        return self.billing.complete(session_id)

    def change(
        self, customer: str, *, status: SubscriptionStatus | None = None, quantity: int | None = None, cancels_at_end: bool | None = None
    ) -> Callback:
        return self.billing.change(customer, status=status, quantity=quantity, cancels_at_end=cancels_at_end)

    def event(self, type: EventType, object_id: str, *, livemode: bool = False) -> Callback:
        return self.billing.event(type, object_id, livemode=livemode)

    def sign(self, body: bytes, *, secret: str | None = None) -> str:
        return sign(secret or SECRET, body, self.clock.now())

    def fail(self, how: Failure | None) -> None:
        raise AssertionError(how)


class TestFakeBilling(BillingContract):
    FAILURES = frozenset()
    SIGNATURE = SIGNATURE

    @pytest.fixture
    def bench(self) -> FakeBench:
        return FakeBench()


@pytest.fixture
def bench() -> FakeBench:
    return FakeBench()


def _subscribed(bench: FakeBench, price: str) -> str:
    customer = bench.billing.ensure_customer(Customer(reference="ws_1", name="Shop", email="owner@example.org"))
    checkout = bench.billing.create_checkout(customer=customer, price=price, pages=PAGES, idempotency_key="k1")
    bench.complete(checkout.session_id)
    return customer


@pytest.mark.parametrize(("price", "interval"), [("starter_monthly", "monthly"), ("starter_annual", "annual")])
def test_subscription_renews_itself_as_time_passes(bench: FakeBench, price: str, interval: str) -> None:
    customer = _subscribed(bench, price)
    period = PERIODS[interval]  # type: ignore[index]

    bench.clock.advance(3 * period + dt.timedelta(days=1))

    found = bench.billing.fetch_subscription(customer)
    assert (found.status, found.current_period_end) == ("active", NOW + 4 * period)


def test_subscription_that_is_to_end_ends_with_its_period(bench: FakeBench) -> None:
    customer = _subscribed(bench, "starter_monthly")
    bench.change(customer, cancels_at_end=True)

    bench.clock.advance(PERIODS["monthly"] - dt.timedelta(seconds=1))
    before = bench.billing.fetch_subscription(customer).status
    bench.clock.advance(dt.timedelta(seconds=1))

    assert (before, bench.billing.fetch_subscription(customer).status) == ("active", "canceled")


def test_trial_becomes_a_paid_subscription_after_its_period(bench: FakeBench) -> None:
    customer = _subscribed(bench, "starter_monthly")
    bench.change(customer, status="trialing")

    bench.clock.advance(PERIODS["monthly"])

    assert bench.billing.fetch_subscription(customer).status == "active"


def test_unpaid_subscription_does_not_renew_itself(bench: FakeBench) -> None:
    customer = _subscribed(bench, "starter_monthly")
    bench.change(customer, status="past_due")

    bench.clock.advance(PERIODS["annual"])

    found = bench.billing.fetch_subscription(customer)
    assert (found.status, found.current_period_end) == ("past_due", NOW + PERIODS["monthly"])


def test_second_checkout_changes_the_subscription_in_force(bench: FakeBench) -> None:
    customer = _subscribed(bench, "starter_monthly")
    before = bench.billing.fetch_subscription(customer)

    checkout = bench.billing.create_checkout(customer=customer, price="pro_annual", pages=PAGES, idempotency_key="k2")
    bench.complete(checkout.session_id)

    after = bench.billing.fetch_subscription(customer)
    assert (after.id, after.price, after.interval) == (before.id, "pro_annual", "annual")


def test_checkout_is_paid_once_and_never_after_it_lapsed(bench: FakeBench) -> None:
    customer = _subscribed(bench, "starter_monthly")
    done = bench.billing.create_checkout(customer=customer, price="a", pages=PAGES, idempotency_key="k2").session_id
    lapsed = bench.billing.create_checkout(customer=customer, price="b", pages=PAGES, idempotency_key="k3").session_id
    bench.complete(done)
    event = bench.billing.read_event(bench.billing.expire(lapsed))

    for session in (done, lapsed):
        with pytest.raises(Rejected):
            bench.complete(session)
        with pytest.raises(Rejected):
            bench.billing.expire(session)

    assert (event.type, event.object_id) == ("checkout_expired", lapsed)
    assert bench.billing.fetch_checkout(lapsed).status == "expired"
    assert bench.billing.fetch_subscription(customer).price == "a"


def test_change_needs_a_subscription(bench: FakeBench) -> None:
    with pytest.raises(Rejected):
        bench.change("cus_unknown", status="canceled")


def test_scripted_failure_lasts_until_taken_back(bench: FakeBench) -> None:
    customer = _subscribed(bench, "starter_monthly")
    bench.billing.fail_with(Temporary("down", "fake"))

    for _ in range(2):
        with pytest.raises(Temporary, match="down"):
            bench.billing.fetch_subscription(customer)
    bench.billing.fail_with(None)

    assert bench.billing.fetch_subscription(customer).status == "active"


def test_pages_are_under_the_public_address(bench: FakeBench) -> None:
    customer = _subscribed(bench, "starter_monthly")

    checkout = bench.billing.create_checkout(customer=customer, price="a", pages=PAGES, idempotency_key="k2")
    portal = bench.billing.create_portal(customer=customer, return_url="https://crm.example.org/")

    assert checkout.url == f"https://crm.example.org/fake-billing/checkout/{checkout.session_id}"
    assert portal.startswith("https://crm.example.org/fake-billing/portal/")


def test_kit_without_a_billing_plugin_uses_the_fake_and_signs_with_a_key_of_its_own() -> None:
    one, other = Kit.build({}), Kit.build({})

    callback = one.provider(BILLING).event("invoice_paid", "in_1")  # type: ignore[attr-defined]

    assert one.provider_name(BILLING) == "fake"
    assert one.provider(BILLING).read_event(callback).object_id == "in_1"
    with pytest.raises(Exception, match="signature is wrong"):
        other.provider(BILLING).read_event(callback)
