"""The plugin ``twilio``: provides the SMS channel once ``CONDUYT_TWILIO_ACCOUNT_SID`` is set."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from conduyt_kit.extension import HealthCheck, KitPlugin, ProviderSpec, SettingsSpec
from conduyt_kit.ports.messages import SMS_CHANNEL
from conduyt_twilio.settings import TWILIO_SETTINGS, TwilioSettings

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit
    from conduyt_twilio.channel import TwilioChannel


class TwilioPlugin(KitPlugin):
    """SMS through Twilio."""

    name: ClassVar[str] = "twilio"

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [TWILIO_SETTINGS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=SMS_CHANNEL, name="twilio", make=_channel, enabled=_configured)]

    def conduyt_health_checks(self) -> Iterable[HealthCheck]:
        return [HealthCheck(name="twilio", check=_check, essential=False)]


def _configured(kit: "Kit") -> bool:
    return bool(kit.settings.section(TwilioSettings).account_sid)


def _channel(kit: "Kit") -> "TwilioChannel":
    from conduyt_twilio.channel import TwilioChannel

    return TwilioChannel(kit.settings.section(TwilioSettings), public_url=kit.own_settings.public_url)


def _check(kit: "Kit") -> str:
    if not _configured(kit):
        return "No Twilio account is configured (CONDUYT_TWILIO_ACCOUNT_SID); SMS are not sent through Twilio"
    channel = _channel(kit)
    try:
        return channel.check()
    finally:
        channel.close()
