"""Billing through Stripe: Checkout, the customer portal, subscriptions."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import stripe

from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.errors import Misconfigured
from conduyt_kit.ports.billing import BillingEvent, Charge, Checkout, CheckoutPages, CheckoutState, Customer, Subscription
from conduyt_kit.ports.messages import Callback
from conduyt_stripe import events
from conduyt_stripe.errors import PROVIDER, is_missing, translate
from conduyt_stripe.objects import checkout_of, current
from conduyt_stripe.settings import StripeSettings

T = TypeVar("T")

REFERENCE = "conduyt_reference"
"""The metadata of a Stripe customer that holds our reference."""


class StripeBilling:
    """A `BillingProvider` on one Stripe account.

    Args:
        settings: the section ``stripe``.
        clock: for the age of signatures.
    """

    def __init__(self, settings: StripeSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._http = stripe.RequestsClient(timeout=settings.timeout)
        url = settings.api_url.rstrip("/")
        self._client = stripe.StripeClient(
            settings.api_key.reveal(),
            base_addresses={"api": url, "connect": url, "files": url, "meter_events": url},
            max_network_retries=settings.retries,
            http_client=self._http,
        )

    @property
    def provider(self) -> str:
        return PROVIDER

    def ensure_customer(self, customer: Customer) -> str:
        known = self._customer(customer.known_id) if customer.known_id else None
        return known or self._customer_of(customer) or self._create_customer(customer)

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
        return self._open(
            {
                "mode": "subscription",
                "customer": customer,
                "line_items": [{"price": price, "quantity": quantity}],
                "metadata": dict(metadata or {}),
                "subscription_data": {"metadata": dict(metadata or {})},
            },
            pages,
            idempotency_key,
        )

    def create_payment_checkout(
        self,
        charge: Charge,
        *,
        customer: str | None = None,
        pages: CheckoutPages,
        idempotency_key: str,
        metadata: Mapping[str, str] | None = None,
    ) -> Checkout:
        price = {"currency": charge.currency.lower(), "unit_amount": charge.amount, "product_data": {"name": charge.description}}
        params: dict[str, Any] = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "metadata": dict(metadata or {}),
            "payment_intent_data": {"description": charge.description, "metadata": dict(metadata or {})},
        }
        return self._open({**params, "customer": customer} if customer else params, pages, idempotency_key)

    def create_portal(self, *, customer: str, return_url: str) -> str:
        made = self._asked(lambda: self._client.v1.billing_portal.sessions.create({"customer": customer, "return_url": return_url}))
        return made.url

    def fetch_checkout(self, session_id: str) -> CheckoutState:
        return checkout_of(self._asked(lambda: self._client.v1.checkout.sessions.retrieve(session_id)).to_dict())

    def fetch_subscription(self, customer: str) -> Subscription:
        found = self._asked(lambda: self._client.v1.subscriptions.list({"customer": customer, "status": "all", "limit": 100}))
        return current(customer, [item.to_dict() for item in found.data])

    def read_event(self, callback: Callback) -> BillingEvent:
        secret = self._settings.webhook_secret.reveal()
        if not secret:
            raise Misconfigured("Stripe's callbacks cannot be checked; set CONDUYT_STRIPE_WEBHOOK_SECRET", PROVIDER)
        return events.read_event(callback, secret=secret, livemode=self._settings.livemode, now=self._clock.now())

    def check(self) -> str:
        """Ask Stripe for the account's balance, and return a sentence on the account.

        Raises:
            Temporary: Stripe cannot be reached.
            Misconfigured: it does not take the key, or the secret of callbacks is missing.
        """
        live = self._asked(self._client.v1.balance.retrieve).livemode
        if not self._settings.webhook_secret:
            raise Misconfigured("Stripe takes the key, but its callbacks cannot be checked; set CONDUYT_STRIPE_WEBHOOK_SECRET", PROVIDER)
        return f"Stripe takes the key ({'live' if live else 'test'} mode)"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()  # type: ignore[no-untyped-call]

    def _open(self, params: Any, pages: CheckoutPages, idempotency_key: str) -> Checkout:
        params |= {"success_url": pages.success_url, "cancel_url": pages.cancel_url}
        made = self._asked(lambda: self._client.v1.checkout.sessions.create(params, {"idempotency_key": idempotency_key}))
        return Checkout(url=made.url or "", session_id=made.id)

    def _customer(self, id: str) -> str | None:
        try:
            found = self._client.v1.customers.retrieve(id)
        except stripe.StripeError as error:
            if is_missing(error):
                return None
            raise translate(error) from error
        return None if getattr(found, "deleted", False) else found.id

    def _customer_of(self, customer: Customer) -> str | None:
        # Stripe's search lags behind by a minute; its list does not.
        found = self._asked(lambda: self._client.v1.customers.list({"email": customer.email, "limit": 100}))
        return next((item.id for item in found.data if (item.to_dict().get("metadata") or {}).get(REFERENCE) == customer.reference), None)

    def _create_customer(self, customer: Customer) -> str:
        # The known id stands in the key so that a customer who was deleted at Stripe does not come back from its memory of answers.
        content = json.dumps([customer.reference, customer.name, customer.email, customer.known_id])
        key = f"conduyt-customer-{hashlib.sha256(content.encode()).hexdigest()[:40]}"
        params: Any = {"name": customer.name, "email": customer.email, "metadata": {REFERENCE: customer.reference}}
        return self._asked(lambda: self._client.v1.customers.create(params, {"idempotency_key": key})).id

    def _asked(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except stripe.StripeError as error:
            raise translate(error) from error
