import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from conduyt_kit.kernel.errors import Misconfigured, ProviderError, Rejected, Temporary
from conduyt_kit.kernel.settings import Secret
from conduyt_kit.ports.billing import Charge, CheckoutPages, Customer
from conduyt_stripe.billing import StripeBilling

from .stripe_peer import KEY, Refusal, StripeBench

PAGES = CheckoutPages(success_url="https://crm.example.org/paid?s={CHECKOUT_SESSION_ID}", cancel_url="https://crm.example.org/back")
SHOP = Customer(reference="ws_1", name="Shop", email="owner@example.org")
CHARGE = Charge(amount=1999, currency="USD", description="Invoice INV-7")


def _pay(billing: StripeBilling, key: str = "key-1") -> str:
    return billing.create_payment_checkout(CHARGE, pages=PAGES, idempotency_key=key, metadata={"invoice": "inv_7"}).session_id


def test_subscription_checkout_asks_for_what_was_given(account: StripeBench) -> None:
    customer = account.billing.ensure_customer(SHOP)

    account.billing.create_checkout(
        customer=customer, price="price_month", quantity=4, pages=PAGES, idempotency_key="key-1", metadata={"workspace": "ws_1"}
    )

    assert account.peer.calls[-1] == ("POST", "/v1/checkout/sessions", "key-1")
    assert account.peer.forms[-1] == {
        "mode": "subscription",
        "customer": customer,
        "line_items[0][price]": "price_month",
        "line_items[0][quantity]": "4",
        "metadata[workspace]": "ws_1",
        "subscription_data[metadata][workspace]": "ws_1",
        "success_url": PAGES.success_url,
        "cancel_url": PAGES.cancel_url,
    }


def test_payment_checkout_asks_for_what_was_given(account: StripeBench) -> None:
    _pay(account.billing)

    assert account.peer.calls == [("POST", "/v1/checkout/sessions", "key-1")]
    assert account.peer.forms == [
        {
            "mode": "payment",
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][unit_amount]": "1999",
            "line_items[0][price_data][product_data][name]": "Invoice INV-7",
            "line_items[0][quantity]": "1",
            "metadata[invoice]": "inv_7",
            "payment_intent_data[description]": "Invoice INV-7",
            "payment_intent_data[metadata][invoice]": "inv_7",
            "success_url": PAGES.success_url,
            "cancel_url": PAGES.cancel_url,
        }
    ]


def test_repeat_of_a_failed_call_has_the_same_idempotency_key(account: StripeBench) -> None:
    billing = account.make(retries=1)
    account.peer.refusals.append(Refusal(500, "", "oops", "api_error", **{"Stripe-Should-Retry": "true"}))

    session = _pay(billing)
    billing.close()

    assert session in account.peer.sessions
    assert account.peer.calls == [("POST", "/v1/checkout/sessions", "key-1")] * 2


def test_customer_is_made_with_a_key_of_its_reference_so_two_at_once_make_one(account: StripeBench) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda _: account.billing.ensure_customer(SHOP), range(4)))

    assert len(ids) == len(account.peer.customers) == 1
    made = account.peer.customers[ids.pop()]
    assert made["metadata"] == {"conduyt_reference": "ws_1"}


def test_known_customer_costs_one_call(account: StripeBench) -> None:
    id = account.billing.ensure_customer(SHOP)
    account.peer.calls.clear()

    account.billing.ensure_customer(Customer(reference="ws_1", name="New name", email="new@example.org", known_id=id))

    assert account.peer.calls == [("GET", f"/v1/customers/{id}", None)]


def test_customer_deleted_at_stripe_is_made_anew(account: StripeBench) -> None:
    old = account.billing.ensure_customer(SHOP)
    account.peer.customers[old] = {"id": old, "object": "customer", "deleted": True}

    new = account.billing.ensure_customer(Customer(reference="ws_1", name="Shop", email="owner@example.org", known_id=old))

    assert new != old
    assert "deleted" not in account.peer.customers[new]


def test_customer_of_another_reference_with_the_same_address_is_not_taken(account: StripeBench) -> None:
    first = account.billing.ensure_customer(SHOP)

    assert account.billing.ensure_customer(Customer(reference="ws_2", name="Shop", email="owner@example.org")) != first


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        (Refusal(400, "parameter_invalid", "Amount must be\nat least 50 cents"), Rejected, "Amount must be at least 50 cents"),
        (Refusal(404, "resource_missing", "No such price: 'x'"), Rejected, "No such price"),
        (Refusal(402, "card_declined", "Your card was declined", "card_error"), Rejected, "Your card was declined"),
        (Refusal(400, "", "Keys for idempotent requests…", "idempotency_error"), Rejected, "used before with other arguments"),
        (Refusal(401, "", f"Invalid API Key provided: {KEY}"), Misconfigured, "CONDUYT_STRIPE_API_KEY"),
        (Refusal(403, "", f"The provided key {KEY} does not have access"), Misconfigured, "more permissions"),
        (Refusal(409, "idempotency_key_in_use", "There is another request"), Temporary, "busy (409)"),
        (Refusal(429, "rate_limit", "Too many requests"), Temporary, "busy (429)"),
        (Refusal(400, "lock_timeout", "This object cannot be accessed"), Temporary, "busy (400)"),
        (Refusal(500, "", "oops", "api_error"), Temporary, "busy (500)"),
        (Refusal(503, "", "oops", "api_error"), Temporary, "busy (503)"),
    ],
)
def test_refusal_is_mapped(account: StripeBench, refusal: Refusal, kind: type[ProviderError], words: str) -> None:
    account.peer.refusals.append(refusal)

    with pytest.raises(ProviderError) as caught:
        _pay(account.billing)

    assert type(caught.value) is kind
    assert words in caught.value.message
    assert KEY not in caught.value.message
    assert account.peer.sessions == {}


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("", None), ("soon", None), ("-1", None)])
def test_time_to_wait_is_told(account: StripeBench, header: str, seconds: float | None) -> None:
    account.peer.refusals.append(Refusal(429, "rate_limit", "Too many", **{"Retry-After": header}))

    with pytest.raises(Temporary) as caught:
        _pay(account.billing)

    assert caught.value.retry_after == seconds


def test_two_accounts_in_one_process_do_not_share_keys(account: StripeBench) -> None:
    other = account.make(api_key=Secret("sk_test_other"))

    _pay(account.billing)
    with pytest.raises(Misconfigured):
        _pay(other)
    _pay(account.billing, "key-2")
    other.close()

    assert stripe.api_key is None
    assert len(account.peer.sessions) == 2


def test_check_asks_for_a_webhook_secret(account: StripeBench) -> None:
    billing = account.make(webhook_secret=Secret(""))

    with pytest.raises(Misconfigured, match="CONDUYT_STRIPE_WEBHOOK_SECRET"):
        billing.check()
    billing.close()


def test_check_names_the_mode(account: StripeBench) -> None:
    assert account.billing.check() == "Stripe takes the key (test mode)"


def test_answer_lost_on_the_way_is_charged_once_when_the_caller_repeats_the_key(account: StripeBench) -> None:
    billing, hasty = account.make(), account.make(timeout=0.2)
    for number in itertools.islice(itertools.count(), 10):
        if number % 3 == 0:
            account.peer.how = "slow"
            with pytest.raises(Temporary):
                _pay(hasty, f"attempt-{number}")
            account.peer.how = None
        _pay(billing, f"attempt-{number}")
    billing.close()
    hasty.close()

    assert len(account.peer.sessions) == 10
    assert json.dumps(sorted(account.peer.answers)) == json.dumps(sorted(f"attempt-{number}" for number in range(10)))
