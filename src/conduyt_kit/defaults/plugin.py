"""The plugin of the default providers: each serves while no other plugin provides its port."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from conduyt_kit.defaults.argon2_passwords import Argon2Passwords
from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.defaults.counted_rate_limits import CountedRateLimits
from conduyt_kit.defaults.fake_billing import FakeBilling
from conduyt_kit.defaults.guarded_http import WEBHOOK_SETTINGS, GuardedHttp, WebhookSettings
from conduyt_kit.defaults.hmac_links import HmacLinks
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.defaults.no_online_payments import NoOnlinePayments
from conduyt_kit.defaults.no_plan_limits import NoPlanLimits
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.settings import SettingsSpec
from conduyt_kit.ports.billing import BILLING
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.ports.messages import EMAIL_CHANNEL, SMS_CHANNEL
from conduyt_kit.ports.online_payments import ONLINE_PAYMENTS
from conduyt_kit.ports.outgoing_http import OUTGOING_HTTP
from conduyt_kit.ports.passwords import PASSWORD_HASHER
from conduyt_kit.ports.plan_limits import PLAN_LIMITS
from conduyt_kit.ports.rate_limits import RATE_LIMITER
from conduyt_kit.ports.signed_links import SIGNED_LINKS
from conduyt_kit.ports.storage import STORAGE

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


class DefaultsPlugin(KitPlugin):
    """Memory storage, inline jobs, console mail and SMS, fake billing, no plan limits, argon2 passwords, counted rate limits, HTTP."""

    name: ClassVar[str] = "defaults"

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [WEBHOOK_SETTINGS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [
            ProviderSpec(port=STORAGE, name="memory", make=lambda _: MemoryStorage(), default=True),
            ProviderSpec(port=JOB_RUNNER, name="inline", make=_inline, default=True),
            ProviderSpec(port=EMAIL_CHANNEL, name="console", make=lambda _: ConsoleChannel("email"), default=True),
            ProviderSpec(port=SMS_CHANNEL, name="console", make=lambda _: ConsoleChannel("sms"), default=True),
            ProviderSpec(port=BILLING, name="fake", make=_fake_billing, default=True),
            ProviderSpec(port=ONLINE_PAYMENTS, name="none", make=lambda _: NoOnlinePayments(), default=True),
            ProviderSpec(port=PLAN_LIMITS, name="none", make=lambda _: NoPlanLimits(), default=True),
            ProviderSpec(port=PASSWORD_HASHER, name="argon2", make=lambda _: Argon2Passwords(), default=True),
            ProviderSpec(port=SIGNED_LINKS, name="hmac", make=_links, default=True),
            ProviderSpec(port=RATE_LIMITER, name="counted", make=_rate_limits, default=True),
            ProviderSpec(port=OUTGOING_HTTP, name="guarded", make=_guarded_http, default=True),
        ]


def _inline(kit: "Kit") -> InlineJobs:
    return InlineJobs(kit.job_executor, kit.scheduler)


def _fake_billing(kit: "Kit") -> FakeBilling:
    secret = hmac.new(kit.secret_key.encode(), b"fake billing", hashlib.sha256).hexdigest()
    return FakeBilling(kit.clock, secret, kit.own_settings.public_url)


def _links(kit: "Kit") -> HmacLinks:
    return HmacLinks(lambda: kit.secret_key, kit.own_settings.public_url)


def _rate_limits(kit: "Kit") -> CountedRateLimits:
    return CountedRateLimits(kit.own_settings.rate_limit_storage)


def _guarded_http(kit: "Kit") -> GuardedHttp:
    return GuardedHttp(kit.settings.section(WebhookSettings))
