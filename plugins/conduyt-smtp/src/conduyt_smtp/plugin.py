"""The plugin ``smtp``: provides the e-mail channel once ``CONDUYT_SMTP_HOST`` is set."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from conduyt_kit.extension import HealthCheck, KitPlugin, ProviderSpec, SettingsSpec
from conduyt_kit.ports.messages import EMAIL_CHANNEL
from conduyt_smtp.settings import SMTP_SETTINGS, SmtpSettings

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit
    from conduyt_smtp.channel import SmtpChannel


class SmtpPlugin(KitPlugin):
    """E-mail over SMTP."""

    name: ClassVar[str] = "smtp"

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [SMTP_SETTINGS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=EMAIL_CHANNEL, name="smtp", make=_channel, enabled=_configured)]

    def conduyt_health_checks(self) -> Iterable[HealthCheck]:
        return [HealthCheck(name="smtp", check=_check, essential=False)]


def _configured(kit: "Kit") -> bool:
    return bool(kit.settings.section(SmtpSettings).host)


def _channel(kit: "Kit") -> "SmtpChannel":
    from conduyt_smtp.channel import SmtpChannel

    return SmtpChannel(kit.settings.section(SmtpSettings), default_sender=kit.own_settings.mail_from, clock=kit.clock)


def _check(kit: "Kit") -> str:
    if not _configured(kit):
        return "No mail server is configured (CONDUYT_SMTP_HOST); mails are not sent over SMTP"
    channel = _channel(kit)
    try:
        return channel.check()
    finally:
        channel.close()
