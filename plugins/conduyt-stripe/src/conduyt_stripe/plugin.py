"""The plugin ``stripe``: takes money through Stripe once ``CONDUYT_STRIPE_API_KEY`` is set."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from conduyt_kit.extension import HealthCheck, KitPlugin, ProviderSpec, SettingsSpec
from conduyt_kit.ports.billing import BILLING
from conduyt_stripe.settings import STRIPE_SETTINGS, StripeSettings

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit
    from conduyt_stripe.billing import StripeBilling


class StripePlugin(KitPlugin):
    """Billing through Stripe."""

    name: ClassVar[str] = "stripe"

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [STRIPE_SETTINGS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=BILLING, name="stripe", make=_billing, enabled=_configured)]

    def conduyt_health_checks(self) -> Iterable[HealthCheck]:
        return [HealthCheck(name="stripe", check=_check, essential=False)]


def _configured(kit: "Kit") -> bool:
    return bool(kit.settings.section(StripeSettings).api_key)


def _billing(kit: "Kit") -> "StripeBilling":
    from conduyt_stripe.billing import StripeBilling

    return StripeBilling(kit.settings.section(StripeSettings), kit.clock)


def _check(kit: "Kit") -> str:
    if not _configured(kit):
        return "No Stripe key is configured (CONDUYT_STRIPE_API_KEY); money is not taken through Stripe"
    billing = _billing(kit)
    try:
        return billing.check()
    finally:
        billing.close()
