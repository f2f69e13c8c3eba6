import itertools
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.invoices import Invoices
from conduyt_kit.features.users import Users
from conduyt_kit.features.workspaces import Workspaces, founding_unit
from conduyt_kit.kernel.context import Actor, Identity, Scope
from conduyt_kit.kernel.endpoints import Reply, Request
from conduyt_kit.kit import Kit
from conduyt_kit.ports.authentication import AUTHENTICATOR
from conduyt_kit.ports.messages import Callback
from conduyt_stripe.plugin import StripePlugin

from .stripe_peer import KEY, WEBHOOK_SECRET, StripeBench

PRICES = {"standard_monthly": "price_month", "standard_annual": "price_year"}
PAGES = {"successUrl": "https://shop.example/paid", "cancelUrl": "https://shop.example/back"}


class TokenNamesWorkspace:
    def authenticate(self, token: str) -> Identity:
        return Identity(workspace=token, actor=Actor(), scopes=frozenset(Scope), credential=token)


class TestAuthPlugin(KitPlugin):
    __test__: ClassVar[bool] = False
    name: ClassVar[str] = "test-auth"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=AUTHENTICATOR, name="test", make=lambda _: TokenNamesWorkspace())]


class Shop:
    """A workspace of a kit that takes money through the peer."""

    def __init__(self, kit: Kit, bench: StripeBench) -> None:
        self.kit, self.bench, self.peer = kit, bench, bench.peer
        self.name = ""
        self.open("ws_shop")

    def open(self, workspace: str) -> None:
        self.name = workspace
        with founding_unit(self.kit.environment, workspace=workspace) as unit:
            unit[Workspaces].create(name="Marsh & Co")
            unit[Users].create_active(name="Ann", email=f"ann@{workspace.replace('_', '')}.example.org", role="admin")

    def call(self, method: str, route: str, body: Any = None, **more: Any) -> Reply:
        headers = {"authorization": f"Bearer {self.name}", "content-type": "application/json", **more.pop("headers", {})}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request(method=method, target=route, headers=headers, body=raw, id="req_1", **more)
        return self.kit.responders[method, route](request)

    def deliver(self, callback: Callback) -> int:
        return self.call("POST", "/api/v1/billing/webhook", callback.body, headers=callback.headers).status

    def checkout(self, **more: Any) -> Any:
        reply = self.call("POST", "/api/v1/billing/checkout", {"plan": "standard", **PAGES, **more})
        return json.loads(reply.body) if reply.status == 200 else (reply.status, json.loads(reply.body)["error"])

    @property
    def status(self) -> Any:
        return json.loads(self.call("GET", "/api/v1/billing/status").body)


@pytest.fixture
def shop(account: StripeBench) -> Iterator[Shop]:
    section = {"api_key": KEY, "webhook_secret": WEBHOOK_SECRET, "api_url": account.peer.server.url_for(""), "retries": 0}
    settings = {"rate_limit": "off", "stripe": section, "billing": {"prices": PRICES}, "providers": {"authentication": "test"}}
    with Kit.build(settings, plugins=[TestAuthPlugin(), StripePlugin()], clock=account.clock) as kit:
        yield Shop(kit, account)


def test_subscription_comes_through_checkout_and_callback(shop: Shop) -> None:
    made = shop.checkout(interval="annual")

    assert made == {"checkoutUrl": f"https://checkout.stripe.com/c/pay/{made['sessionId']}", "sessionId": made["sessionId"]}
    form = shop.peer.forms[-1]
    assert (form["mode"], form["line_items[0][price]"], form["success_url"]) == ("subscription", "price_year", PAGES["successUrl"])
    assert shop.deliver(shop.bench.complete(made["sessionId"])) == 200
    assert (shop.status["plan"], shop.status["status"], shop.status["interval"]) == ("standard", "active", "annual")
    assert len(shop.peer.customers) == 1


def test_each_call_that_makes_something_carries_a_key(shop: Shop) -> None:
    shop.checkout()

    keys = {path: key for method, path, key in shop.peer.calls if method == "POST"}
    assert set(keys) == {"/v1/customers", "/v1/checkout/sessions"}
    assert all(key and key.startswith("conduyt-") for key in keys.values())


def test_plan_without_a_price_names_the_setting_and_asks_stripe_nothing(shop: Shop) -> None:
    status, error = shop.checkout(plan="premium")

    assert (status, error["code"]) == (502, "delivery_failed")
    assert "premium_monthly in `prices` of [billing]" in error["message"]
    assert shop.peer.calls == []


def test_stripes_refusal_is_told_in_its_words(shop: Shop, account: StripeBench) -> None:
    account.fail("overloaded")
    overloaded = shop.checkout()
    account.fail(None)

    assert overloaded == (502, {"code": "delivery_failed", "message": "Stripe is busy (429)"})
    assert shop.checkout()["sessionId"]


def test_every_order_of_five_callbacks_with_repeats_ends_in_the_same_state(shop: Shop) -> None:
    ends = set()
    for number, order in enumerate(itertools.permutations(range(5))):
        shop.open(f"ws_{number}")
        callbacks = [shop.bench.complete(shop.checkout()["sessionId"])]
        customer = list(shop.peer.customers)[-1]
        changes: list[dict[str, Any]] = [{"status": "past_due"}, {"status": "active"}, {"quantity": 3}, {"cancels_at_end": True}]
        callbacks += [shop.bench.change(customer, **change) for change in changes]

        arriving = [callbacks[index] for index in order]
        assert {shop.deliver(callback) for callback in [*arriving, arriving[0], arriving[-1]]} == {200}

        ends.add(json.dumps(shop.status))
    assert len(ends) == 1
    assert json.loads(ends.pop())["status"] == "active"


def test_forged_and_live_callbacks_are_refused(shop: Shop) -> None:
    callback = shop.bench.complete(shop.checkout()["sessionId"])

    assert shop.deliver(Callback(url="", headers={"Stripe-Signature": "t=1,v1=00"}, body=callback.body)) == 403
    assert shop.deliver(Callback(url="", headers=callback.headers, body=callback.body + b" ")) == 403
    assert shop.deliver(shop.bench.event("checkout_completed", "cs_1", livemode=True)) == 403
    assert shop.status["status"] == "none"


def test_invoice_is_paid_once_through_checkout(shop: Shop) -> None:
    with shop.kit.unit_of_work(shop.name) as unit:
        contact = unit[Contacts].create(first_name="Mira", last_name="Kim")
        unit.flush()
        line = {"description": "Mooring", "quantity": Decimal(2), "unit_price": Decimal(50)}
        invoice = unit[Invoices].create(contact_id=contact.id, items=[line])
        unit.flush()
        unit[Invoices].send(invoice.id)

    reply = shop.call("POST", "/api/v1/invoices/:id/payment-link", path={"id": invoice.id})
    assert reply.status == 200
    form = shop.peer.forms[-1]
    assert (form["mode"], form["line_items[0][price_data][unit_amount]"], form["line_items[0][price_data][currency]"]) == (
        "payment",
        "10000",
        "usd",
    )
    session = json.loads(reply.body)["data"]["url"].rpartition("/")[2]
    callback = shop.bench.complete(session)
    token = form["success_url"].rpartition("/")[2]
    back = shop.call("GET", "/billing/return/:token", path={"token": token})

    assert [shop.deliver(callback) for _ in range(3)] == [200] * 3
    assert (back.status, back.headers["Location"]) == (303, form["cancel_url"])
    with shop.kit.unit_of_work(shop.name, write=False) as unit:
        found = unit[Invoices].get(invoice.id)
    assert found.record.status == "paid"
    assert [(payment.provider, payment.external_id) for payment in found.related["payments"]] == [
        ("stripe", shop.peer.sessions[session]["payment_intent"])
    ]
