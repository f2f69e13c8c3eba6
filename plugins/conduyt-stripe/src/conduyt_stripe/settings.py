"""The settings section ``stripe``."""

from typing import Any

import attrs

from conduyt_kit.extension import Secret, SettingsSpec, setting

API_URL = "https://api.stripe.com"


def _web_address(_: Any, __: Any, value: str) -> None:
    if not value.startswith(("https://", "http://")):
        raise ValueError(f"must be a web address such as {API_URL}")


def _positive(_: Any, __: Any, value: float) -> None:
    if value <= 0:
        raise ValueError("must be above zero")


def _retries(_: Any, __: Any, value: int) -> None:
    if not 0 <= value <= 5:
        raise ValueError("must be from 0 to 5")


@attrs.frozen(kw_only=True)
class StripeSettings:
    """The account that takes our money."""

    api_key: Secret = attrs.field(
        default=Secret(""), metadata=setting("The secret or restricted key of the API. While empty, billing is pretended.")
    )
    webhook_secret: Secret = attrs.field(
        default=Secret(""), metadata=setting("What Stripe signs its callbacks to /api/v1/billing/webhook with; begins with whsec_.")
    )
    api_url: str = attrs.field(default=API_URL, validator=_web_address, metadata=setting("Stripe's API, or a stand-in for tests."))
    timeout: float = attrs.field(default=10.0, validator=_positive, metadata=setting("Seconds to wait for Stripe's answer."))
    retries: int = attrs.field(
        default=2,
        validator=_retries,
        metadata=setting("How often a call that got no answer or a 5xx is repeated at once, with the same idempotency key."),
    )

    @property
    def livemode(self) -> bool:
        """Return whether the key is one of the live mode, where money is real."""
        return self.api_key.reveal().startswith(("sk_live_", "rk_live_"))


STRIPE_SETTINGS = SettingsSpec(name="stripe", cls=StripeSettings, description="Taking money through Stripe.")
