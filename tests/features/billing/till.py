"""Billing to try things on: fake billing that can lose answers and be interrupted, a workspace's API, and what is stored."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, cast

import attrs

from conduyt_kit import Kit
from conduyt_kit.defaults.fake_billing import FakeBilling
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.features.billing.entities import BILLING_ACCOUNT, CHECKOUT_ATTEMPT, CONSUMED_EVENT, BillingAccount, CheckoutAttempt
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.endpoints import Reply, Request
from conduyt_kit.kernel.errors import ProviderError
from conduyt_kit.kernel.events import EVENT, Happened
from conduyt_kit.ports.billing import BILLING, Checkout, CheckoutState, Customer, Subscription
from conduyt_kit.ports.messages import Callback
from tests.features.accounts import CheapPasswords, Office, storage_plugins, workspace_id
from tests.features.calls import Answer, Api

SECRET = "a secret of the tests"
PAGES = {"successUrl": "https://shop.example/paid", "cancelUrl": "https://shop.example/back"}


class Bank(FakeBilling):
    """Fake billing that notes the idempotency keys it is given.

    `refusal` is raised instead of opening a checkout, `lost` after opening one. `meanwhile` runs while an answer to a fetch is under way.
    Customers of one `mode` are unknown in another.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, SECRET, "https://crm.example.org")
        self.keys: list[str] = []
        self.asked: list[Customer] = []
        self.refusal: ProviderError | None = None
        self.lost: ProviderError | None = None
        self.meanwhile: Callable[[], None] | None = None
        self.mode = ""

    def ensure_customer(self, customer: Customer) -> str:
        self.asked.append(customer)
        return super().ensure_customer(attrs.evolve(customer, reference=customer.reference + self.mode))

    def create_checkout(self, **given: Any) -> Checkout:
        return self._opening(given["idempotency_key"], lambda: super(Bank, self).create_checkout(**given))

    def create_payment_checkout(self, *given: Any, **named: Any) -> Checkout:
        return self._opening(named["idempotency_key"], lambda: super(Bank, self).create_payment_checkout(*given, **named))

    def fetch_subscription(self, customer: str) -> Subscription:
        found = super().fetch_subscription(customer)
        self._interrupted()
        return found

    def fetch_checkout(self, session_id: str) -> CheckoutState:
        found = super().fetch_checkout(session_id)
        self._interrupted()
        return found

    def _interrupted(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()

    def _opening(self, key: str, call: Callable[[], Checkout]) -> Checkout:
        self.keys.append(key)
        if self.refusal is not None:
            raise self.refusal
        made = call()
        if self.lost is not None:
            raise self.lost
        return made


class BankPlugin(KitPlugin):
    name: ClassVar[str] = "bank"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=BILLING, name="fake", make=lambda kit: Bank(kit.clock), default=False)]


class Till:
    """One workspace and its billing."""

    def __init__(self, kit: Kit, api: Api, workspace: str) -> None:
        self.kit, self.api, self.workspace = kit, api, workspace
        self.bank = cast("Bank", kit.provider(BILLING))

    def checkout(self, plan: str = "standard", **more: Any) -> Answer:
        return self.api.post("/billing/checkout", {"plan": plan, **PAGES, **more})

    def subscribe(self, plan: str = "standard", **more: Any) -> str:
        """Subscribe, pay, let the callback arrive, and return the customer."""
        status, body = self.checkout(plan, **more)
        assert status == 200, body
        assert self.deliver(self.bank.complete(body["sessionId"])) == 200
        return self.customer

    def deliver(self, callback: Callback) -> int:
        """Let a callback arrive, and return the status of the answer."""
        return self.api.send("POST", "/billing/webhook", callback.body, callback.headers).status

    @property
    def status(self) -> dict[str, Any]:
        status, body = self.api.get("/billing/status")
        assert status == 200, body
        assert isinstance(body, dict)
        return body

    @property
    def account(self) -> BillingAccount | None:
        with self.kit.unit_of_work(self.workspace, write=False) as unit:
            return unit.repository(BILLING_ACCOUNT).find(self.workspace)

    @property
    def customer(self) -> str:
        assert self.account is not None
        assert self.account.customer is not None
        return self.account.customer

    @property
    def attempts(self) -> list[CheckoutAttempt]:
        with self.kit.unit_of_work(self.workspace, write=False) as unit:
            return list(unit.repository(CHECKOUT_ATTEMPT).all(sort=("created_at",)))

    @property
    def consumed(self) -> int:
        with self.kit.unit_of_work(self.workspace, write=False) as unit:
            return unit.repository(CONSUMED_EVENT).count()

    def told(self, name: str) -> list[Happened]:
        with self.kit.unit_of_work(self.workspace, write=False) as unit:
            return [event for event in unit.repository(EVENT).all(sort=("occurred_at", "id")) if event.name == name]

    def everything(self) -> tuple[Any, ...]:
        """Return all that billing has stored of the workspace."""
        return self.account, self.attempts, self.consumed, self.api.get("/auth/me").body["workspace"]

    def page(self, method: str, template: str, id: str, form: str = "") -> Reply:
        """Call a page outside the API, whose only parameter is `id`."""
        name = template.rpartition(":")[2]
        request = Request(
            method=method,
            target=template.replace(f":{name}", id),
            path={name: id},
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=form.encode(),
            remote="127.0.0.1",
            id="req_page",
        )
        return self.kit.responders[method, template](request)

    def visit(self, url: str) -> Reply:
        """Follow the link back from a payment."""
        return self.page("GET", "/billing/return/:token", url.rpartition("/")[2])


@contextmanager
def running_bank(folder: Path, clock: Clock, **settings: Any) -> Iterator[Office]:
    """Yield the office of a kit with a bank, on the storage that the environment names."""
    limits = {"login_limit": "off", "address_limit": "off", "registration_limit": "off", "reset_limit": "off"}
    merged = {"rate_limit": "off", "public_url": "https://crm.example.org", "auth": limits, **settings}
    with storage_plugins(folder) as plugins, Kit.build(merged, plugins=[CheapPasswords(), BankPlugin(), *plugins], clock=clock) as kit:
        yield Office(kit)


def till_of(office: Office, **account: str) -> Till:
    """Register a workspace and return its till."""
    api = office.register(**account)
    return Till(office.kit, api, workspace_id(api))
