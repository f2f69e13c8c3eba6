"""A stand-in for Stripe on a port of this machine: the calls the plugin makes, with Stripe's shapes and its rules of idempotency."""

import base64
import functools
import itertools
import json
import re
import time
from collections.abc import Callable
from typing import Any

import stripe
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.settings import Secret
from conduyt_kit.ports.billing import EventType, SubscriptionStatus
from conduyt_kit.ports.messages import Callback
from conduyt_kit.testing.contracts.billing import Failure
from conduyt_stripe.billing import StripeBilling
from conduyt_stripe.settings import StripeSettings

KEY, WEBHOOK_SECRET = "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"
PRICES: dict[str, dict[str, Any]] = {
    "price_month": {"interval": "month", "interval_count": 1},
    "price_year": {"interval": "year", "interval_count": 1},
}
DAYS = {"month": 30, "year": 365}
TYPES: dict[EventType, tuple[str, str]] = {
    "checkout_completed": ("checkout.session.completed", "checkout.session"),
    "checkout_failed": ("checkout.session.async_payment_failed", "checkout.session"),
    "checkout_expired": ("checkout.session.expired", "checkout.session"),
    "subscription_changed": ("customer.subscription.updated", "subscription"),
    "subscription_ended": ("customer.subscription.deleted", "subscription"),
    "invoice_paid": ("invoice.paid", "invoice"),
    "invoice_payment_failed": ("invoice.payment_failed", "invoice"),
    "payment_refunded": ("charge.refunded", "charge"),
    "other": ("product.created", "product"),
}


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str, type: str = "invalid_request_error", **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {"Stripe-Should-Retry": "false", "Request-Id": "req_1", **headers}
        self.body = {"error": {"type": type, "code": code, "message": message, "param": "x"}}


class StripePeer:
    """One account. `refusals` are given, one each, before calls are answered again."""

    def __init__(self, server: HTTPServer, clock: FrozenClock) -> None:
        self.clock = clock
        self.server = server
        self.how: Failure | None = None
        self.calls: list[tuple[str, str, str | None]] = []
        self.forms: list[dict[str, str]] = []
        self.refusals: list[Refusal] = []
        self.answers: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self.customers: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        server.clear()
        server.expect_request(re.compile("/v1/.*")).respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key")
        self.calls.append((request.method, request.path, key))
        self.forms.append(dict(request.form))
        try:
            body = self._body(request, key)
        except Refusal as refusal:
            return Response(json.dumps(refusal.body), refusal.status, headers=refusal.headers, content_type="application/json")
        return Response(json.dumps(body), 200, content_type="application/json")

    def _body(self, request: Request, key: str | None) -> dict[str, Any]:
        if self.refusals:
            raise self.refusals.pop(0)
        if self.how == "slow":
            time.sleep(0.4)
        if self.how == "overloaded":
            raise Refusal(429, "rate_limit", "Too many requests", **{"Retry-After": "7"})
        if self.how == "credentials" or not _authorised(request):
            raise Refusal(401, "", "Invalid API Key provided: " + KEY)
        form = dict(request.form)
        if key in self.answers:
            before, answer = self.answers[key]
            if before != form:
                raise Refusal(400, "", "Keys for idempotent requests can only be used with the same parameters", "idempotency_error")
            return answer
        answer = self._routed(request, form)
        if key:
            self.answers[key] = (form, answer)
        return answer

    def _routed(self, request: Request, form: dict[str, str]) -> dict[str, Any]:
        parts = request.path.removeprefix("/v1/").split("/")
        match request.method, parts:
            case "POST", ["customers"]:
                id = self._new("cus")
                self.customers[id] = {
                    "id": id,
                    "object": "customer",
                    "email": form["email"],
                    "name": form["name"],
                    "metadata": _nested(form, "metadata"),
                }
                return self.customers[id]
            case "GET", ["customers"]:
                return _list([item for item in self.customers.values() if item.get("email") == request.args["email"]])
            case "GET", ["customers", id]:
                return self._known(self.customers, id)
            case "POST", ["checkout", "sessions"]:
                return self._checkout(form)
            case "GET", ["checkout", "sessions", id]:
                return self._known(self.sessions, id)
            case "POST", ["billing_portal", "sessions"]:
                self._known(self.customers, form["customer"])
                return {"id": "bps_1", "object": "billing_portal.session", "url": "https://billing.stripe.com/p/session/1"}
            case "GET", ["subscriptions"]:
                self._known(self.customers, request.args["customer"])
                return _list([item for item in self.subscriptions.values() if item["customer"] == request.args["customer"]])
            case "GET", ["balance"]:
                return {"object": "balance", "livemode": False}
        raise Refusal(404, "", f"Unrecognized request URL {request.method} {request.path}")

    def _checkout(self, form: dict[str, str]) -> dict[str, Any]:
        if "customer" in form:
            self._known(self.customers, form["customer"])
        price = form.get("line_items[0][price]")
        if form["mode"] == "subscription" and price not in PRICES:
            raise Refusal(400, "resource_missing", f"No such price: '{price}'")
        amount = form.get("line_items[0][price_data][unit_amount]")
        id = self._new("cs_test")
        self.sessions[id] = {
            "id": id,
            "object": "checkout.session",
            "mode": form["mode"],
            "url": f"https://checkout.stripe.com/c/pay/{id}",
            "status": "open",
            "payment_status": "unpaid",
            "customer": form.get("customer"),
            "subscription": None,
            "payment_intent": None,
            "amount_total": int(amount) if amount else 1900,
            "currency": form.get("line_items[0][price_data][currency]", "usd"),
            "metadata": _nested(form, "metadata"),
            "asked": {"price": price, "quantity": form["line_items[0][quantity]"]},
        }
        return dict(self.sessions[id])

    def pay(self, session_id: str) -> dict[str, Any]:
        session = self.sessions[session_id]
        session |= {"status": "complete", "payment_status": "paid"}
        if session["mode"] == "payment":
            session["payment_intent"] = self._new("pi")
            return session
        id = self._new("sub")
        session["subscription"] = id
        self.subscriptions[id] = self.subscription(id, session["customer"], session["asked"]["price"], int(session["asked"]["quantity"]))
        return session

    def subscription(self, id: str, customer: str, price: str, quantity: int, **values: Any) -> dict[str, Any]:
        now = int(self.clock.now().timestamp())
        recurring = PRICES[price]
        item = {
            "id": f"si_{id}",
            "object": "subscription_item",
            "current_period_end": now + 86400 * DAYS[recurring["interval"]],
            "quantity": quantity,
            "price": {"id": price, "object": "price", "recurring": recurring, "unit_amount_decimal": "1900"},
        }
        usual = {
            "id": id,
            "object": "subscription",
            "customer": customer,
            "status": "active",
            "created": now,
            "cancel_at_period_end": False,
        }
        return {**usual, "cancel_at": None, "items": _list([item]), "metadata": {}, **values}

    def _known(self, found: dict[str, dict[str, Any]], id: str) -> dict[str, Any]:
        if id not in found:
            raise Refusal(404, "resource_missing", f"No such object: '{id}'")
        return found[id]

    def _new(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers)}"

    def callback(self, kind: str, found: dict[str, Any], **values: Any) -> Callback:
        """Return the callback of an event, as Stripe's own library signs it."""
        now = int(self.clock.now().timestamp())
        usual = {"id": self._new("evt"), "object": "event", "type": kind, "created": now, "livemode": False, "data": {"object": found}}
        body = json.dumps({**usual, **values}).encode()
        return Callback(url="https://crm.example.org/api/v1/billing/webhook", headers={"Stripe-Signature": self.sign(body)}, body=body)

    def sign(self, body: bytes, *, secret: str | None = None) -> str:
        if not body.isascii():
            from conduyt_kit.ports import signatures

            return signatures.sign(secret or WEBHOOK_SECRET, body, self.clock.now())
        generate: Callable[..., str] = stripe.WebhookSignature.generate_signature_header
        return generate(body.decode(), secret or WEBHOOK_SECRET, timestamp=int(self.clock.now().timestamp()))


class StripeBench:
    monthly, annual = "price_month", "price_year"
    secrets = (KEY, WEBHOOK_SECRET)

    def __init__(self, server: HTTPServer, clock: FrozenClock) -> None:
        self.clock = clock
        self.peer = StripePeer(server, clock)
        self.sign = self.peer.sign

    @functools.cached_property
    def billing(self) -> StripeBilling:
        return self.make()

    def make(self, **values: Any) -> StripeBilling:
        usual = {
            "api_key": Secret(KEY),
            "webhook_secret": Secret(WEBHOOK_SECRET),
            "api_url": self.peer.server.url_for(""),
            "timeout": 10.0,
            "retries": 0,
        }
        return StripeBilling(StripeSettings(**{**usual, **values}), self.clock)

    def complete(self, session_id: str) -> Callback:
        return self.peer.callback("checkout.session.completed", self.peer.pay(session_id))

    def change(
        self, customer: str, *, status: SubscriptionStatus | None = None, quantity: int | None = None, cancels_at_end: bool | None = None
    ) -> Callback:
        found = [item for item in self.peer.subscriptions.values() if item["customer"] == customer][-1]
        if status is not None:
            found["status"] = status
        if quantity is not None:
            found["items"]["data"][0]["quantity"] = quantity
        if cancels_at_end is not None:
            found["cancel_at_period_end"] = cancels_at_end
        return self.peer.callback("customer.subscription.deleted" if status == "canceled" else "customer.subscription.updated", found)

    def event(self, type: EventType, object_id: str, *, livemode: bool = False) -> Callback:
        kind, name = TYPES[type]
        found = {"id": object_id, "object": name}
        if type == "payment_refunded":
            found = {"id": "ch_1", "object": name, "payment_intent": object_id}
        return self.peer.callback(kind, found, livemode=livemode)

    def fail(self, how: Failure | None) -> None:
        self.peer.how = how
        self.billing.close()
        self.billing = self.make(timeout=0.2) if how == "slow" else self.make()
        if how == "unreachable":
            self.peer.server.stop()
        elif not self.peer.server.is_running():
            self.peer.server.start()


def _authorised(request: Request) -> bool:
    expected = ("Bearer " + KEY, "Basic " + base64.b64encode(f"{KEY}:".encode()).decode())
    return request.headers.get("Authorization") in expected


def _nested(form: dict[str, str], name: str) -> dict[str, str]:
    return {key[len(name) + 1 : -1]: value for key, value in form.items() if key.startswith(f"{name}[")}


def _list(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": items, "has_more": False, "url": "/v1/x"}
