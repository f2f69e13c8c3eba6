import subprocess
import sys

import pytest

from conduyt_kit.defaults.fake_billing import FakeBilling
from conduyt_kit.kernel.errors import SettingsError
from conduyt_kit.kernel.settings import Sources
from conduyt_kit.kit import Kit
from conduyt_kit.ports.billing import BILLING, Customer
from conduyt_stripe.billing import StripeBilling
from conduyt_stripe.plugin import StripePlugin
from conduyt_stripe.settings import StripeSettings

from .stripe_peer import KEY, WEBHOOK_SECRET, StripeBench


def _check(kit: Kit) -> str:
    [check] = [item.record for item in kit.health_checks if item.record.name == "stripe"]
    assert not check.essential
    return check.check(kit)


def test_fake_serves_while_no_key_is_set() -> None:
    kit = Kit.build({}, plugins=[StripePlugin()])

    assert isinstance(kit.provider(BILLING), FakeBilling)
    assert _check(kit).startswith("No Stripe key is configured")


def test_stripe_serves_once_a_key_is_set(account: StripeBench) -> None:
    section = {"api_key": KEY, "webhook_secret": WEBHOOK_SECRET, "api_url": account.peer.server.url_for("")}
    with Kit.build({"stripe": section}, plugins=[StripePlugin()], clock=account.clock) as kit:
        customer = kit.provider(BILLING).ensure_customer(Customer(reference="ws_1", name="Shop", email="owner@example.org"))
        event = kit.provider(BILLING).read_event(account.event("invoice_paid", "in_1"))

        assert _check(kit) == "Stripe takes the key (test mode)"
    assert list(account.peer.customers) == [customer]
    assert event.object_id == "in_1"


def test_settings_come_from_the_documented_environment() -> None:
    environment = {
        "CONDUYT_STRIPE_API_KEY": KEY,
        "CONDUYT_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CONDUYT_STRIPE_API_URL": "http://127.0.0.1:1",
    }

    with Kit.build(Sources(environment=environment), plugins=[StripePlugin()]) as kit:
        found = kit.settings.section(StripeSettings)
        assert (found.api_key.reveal(), found.webhook_secret.reveal(), found.api_url) == (KEY, WEBHOOK_SECRET, "http://127.0.0.1:1")
        assert KEY not in repr(found) + repr(kit.settings.explained)
        assert WEBHOOK_SECRET not in repr(found) + repr(kit.settings.explained)
        assert isinstance(kit.provider(BILLING), StripeBilling)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"api_url": "api.stripe.com"}, "stripe.api_url: must be a web address"),
        ({"timeout": 0}, "stripe.timeout: must be above zero"),
        ({"retries": 9}, "stripe.retries: must be from 0 to 5"),
        ({"key": "x"}, "stripe.key: unknown setting"),
    ],
)
def test_wrong_settings_stop_the_start_and_are_explained(values: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Kit.build({"stripe": values}, plugins=[StripePlugin()])


def test_stripe_is_loaded_only_when_it_serves() -> None:
    code = (
        "import sys; from conduyt_kit.kit import Kit; from conduyt_kit.ports.billing import BILLING\n"
        "from conduyt_stripe.plugin import StripePlugin; kit = Kit.build({}, plugins=[StripePlugin()]); kit.provider(BILLING)\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('stripe', 'requests')])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"
