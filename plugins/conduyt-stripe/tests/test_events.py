import datetime as dt
from collections.abc import Callable

import attrs
import pytest
import stripe

from conduyt_kit.kernel.errors import Misconfigured, SignatureInvalid
from conduyt_kit.kernel.settings import Secret
from conduyt_kit.ports import signatures
from conduyt_stripe.settings import StripeSettings

from .stripe_peer import WEBHOOK_SECRET, StripeBench


def test_signature_is_the_one_that_stripes_library_makes(account: StripeBench) -> None:
    generate: Callable[..., str] = stripe.WebhookSignature.generate_signature_header
    now = account.clock.now()

    for body in (b"{}", b'{"id": "evt_1"}', "{'ü': '李'}".encode()):
        assert signatures.sign(WEBHOOK_SECRET, body, now) == generate(body.decode(), WEBHOOK_SECRET, timestamp=int(now.timestamp()))


@pytest.mark.parametrize(
    ("provider_type", "expected"),
    [
        ("checkout.session.completed", "checkout_completed"),
        ("checkout.session.async_payment_succeeded", "checkout_completed"),
        ("checkout.session.async_payment_failed", "checkout_failed"),
        ("customer.subscription.created", "subscription_changed"),
        ("customer.subscription.paused", "subscription_changed"),
        ("customer.subscription.resumed", "subscription_changed"),
        ("customer.subscription.deleted", "subscription_ended"),
        ("invoice.payment_action_required", "invoice_payment_failed"),
        ("payment_intent.created", "other"),
        ("something.entirely.new", "other"),
    ],
)
def test_type_of_event_is_mapped_and_stripes_word_kept(account: StripeBench, provider_type: str, expected: str) -> None:
    event = account.billing.read_event(account.peer.callback(provider_type, {"id": "x_1", "customer": "cus_1", "metadata": {"a": "b"}}))

    assert (event.type, event.provider_type, event.object_id, event.customer) == (expected, provider_type, "x_1", "cus_1")
    assert dict(event.metadata) == {"a": "b"}


def test_event_on_a_customer_names_the_customer(account: StripeBench) -> None:
    event = account.billing.read_event(account.peer.callback("customer.deleted", {"id": "cus_1", "object": "customer"}))

    assert (event.type, event.customer) == ("other", "cus_1")


def test_refund_of_an_old_charge_without_an_intent_names_the_charge(account: StripeBench) -> None:
    event = account.billing.read_event(account.peer.callback("charge.refunded", {"id": "ch_1", "payment_intent": None}))

    assert (event.type, event.object_id) == ("payment_refunded", "ch_1")


def test_event_of_a_connected_account_is_refused(account: StripeBench) -> None:
    with pytest.raises(SignatureInvalid, match="connected account"):
        account.billing.read_event(account.peer.callback("invoice.paid", {"id": "in_1"}, account="acct_other"))


@pytest.mark.parametrize(
    ("key", "live"), [("sk_live_x", True), ("rk_live_x", True), ("sk_test_x", False), ("rk_test_x", False), ("anything", False)]
)
def test_mode_follows_the_key_and_the_other_mode_is_refused(account: StripeBench, key: str, live: bool) -> None:
    billing = account.make(api_key=Secret(key))
    of_test = account.peer.callback("invoice.paid", {"id": "in_1"}, livemode=False)
    of_live = account.peer.callback("invoice.paid", {"id": "in_1"}, livemode=True)
    own, foreign = (of_live, of_test) if live else (of_test, of_live)

    assert billing.read_event(own).livemode is live
    with pytest.raises(SignatureInvalid, match="mode"):
        billing.read_event(foreign)
    billing.close()


@pytest.mark.parametrize("livemode", [0, None, "false", ""])
def test_mode_that_is_no_boolean_is_refused(account: StripeBench, livemode: object) -> None:
    with pytest.raises(SignatureInvalid):
        account.billing.read_event(account.peer.callback("invoice.paid", {"id": "in_1"}, livemode=livemode))


def test_without_a_webhook_secret_no_callback_is_taken(account: StripeBench) -> None:
    billing = account.make(webhook_secret=Secret(""))
    callback = account.peer.callback("invoice.paid", {"id": "in_1"})
    forged = attrs.evolve(callback, headers={"Stripe-Signature": signatures.sign("", callback.body, account.clock.now())})

    for item in (callback, forged):
        with pytest.raises(Misconfigured, match="CONDUYT_STRIPE_WEBHOOK_SECRET"):
            billing.read_event(item)
    billing.close()


def test_body_is_checked_byte_by_byte(account: StripeBench) -> None:
    callback = account.peer.callback("invoice.paid", {"id": "in_1"})

    with pytest.raises(SignatureInvalid):
        account.billing.read_event(attrs.evolve(callback, body=callback.body.replace(b": ", b":")))


def test_tolerance_goes_by_the_kits_clock(account: StripeBench) -> None:
    callback = account.peer.callback("invoice.paid", {"id": "in_1"})
    account.clock.advance(dt.timedelta(minutes=-5, seconds=-1))

    with pytest.raises(SignatureInvalid, match="too old"):
        account.billing.read_event(callback)


def test_settings_of_the_live_mode_are_recognised() -> None:
    assert StripeSettings(api_key=Secret("sk_live_1")).livemode
    assert not StripeSettings(api_key=Secret("xsk_live_1")).livemode
