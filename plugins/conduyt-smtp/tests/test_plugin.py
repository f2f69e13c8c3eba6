import subprocess
import sys
from typing import Any

import pytest

from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.extension import KitPlugin, ProviderSpec
from conduyt_kit.kernel.errors import PluginError, SettingsError
from conduyt_kit.kernel.settings import Sources
from conduyt_kit.kit import Kit
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage
from conduyt_smtp.channel import SmtpChannel
from conduyt_smtp.plugin import SmtpPlugin
from conduyt_smtp.settings import SmtpSettings

from .mail_server import PASSWORD, USERNAME, MailServer


def _settings(server: MailServer) -> dict[str, object]:
    smtp = {"host": "127.0.0.1", "port": server.port, "username": USERNAME, "password": PASSWORD, "ca_file": str(server.ca_file)}
    return {"mail_from": "Shop <shop@example.org>", "smtp": smtp}


def _check(kit: Kit) -> str:
    [check] = [item.record for item in kit.health_checks if item.record.name == "smtp"]
    assert not check.essential
    return check.check(kit)


def test_console_serves_while_no_host_is_set() -> None:
    kit = Kit.build({}, plugins=[SmtpPlugin()])

    assert isinstance(kit.provider(EMAIL_CHANNEL), ConsoleChannel)
    assert kit.provider_name(EMAIL_CHANNEL) == "console"
    assert _check(kit) == "No mail server is configured (CONDUYT_SMTP_HOST); mails are not sent over SMTP"


def test_channel_serves_once_a_host_is_set_and_sends_as_the_kits_sender(server: MailServer) -> None:
    with Kit.build(_settings(server), plugins=[SmtpPlugin()]) as kit:
        result = kit.provider(EMAIL_CHANNEL).send(OutgoingMessage(id="m1", to="sarah@example.org", text="Hi"))

        assert kit.provider_name(EMAIL_CHANNEL) == "smtp"
        assert result.provider_id == "<m1@example.org>"
        assert "lets us in" in _check(kit)
    [mail] = server.parsed()
    assert mail["From"] == "Shop <shop@example.org>"


def test_console_can_be_chosen_although_a_host_is_set(server: MailServer) -> None:
    kit = Kit.build({**_settings(server), "providers": {"email": "console"}}, plugins=[SmtpPlugin()])

    assert isinstance(kit.provider(EMAIL_CHANNEL), ConsoleChannel)


def test_choosing_smtp_without_a_host_is_explained() -> None:
    kit = Kit.build({"providers": {"email": "smtp"}}, plugins=[SmtpPlugin()])

    with pytest.raises(PluginError, match="'smtp' is chosen for 'email', but the plugin 'smtp' lacks the settings"):
        kit.provider(EMAIL_CHANNEL)


class OtherMail(KitPlugin):
    name = "other_mail"

    def conduyt_providers(self) -> list[ProviderSpec[Any]]:
        return [ProviderSpec(port=EMAIL_CHANNEL, name="other", make=lambda _: ConsoleChannel("email"))]


def test_two_channels_need_a_choice_only_while_both_are_configured(server: MailServer) -> None:
    assert Kit.build({}, plugins=[SmtpPlugin(), OtherMail()]).provider_name(EMAIL_CHANNEL) == "other"

    with pytest.raises(PluginError, match=r"Both 'smtp' .* and 'other' .* provide 'email'"):
        Kit.build(_settings(server), plugins=[SmtpPlugin(), OtherMail()]).provider(EMAIL_CHANNEL)


def test_settings_come_from_the_documented_environment() -> None:
    environment = {
        "CONDUYT_SMTP_HOST": "mail.example.org",
        "CONDUYT_SMTP_PORT": "2525",
        "CONDUYT_SMTP_USERNAME": "crm",
        "CONDUYT_SMTP_PASSWORD": "hunter2-hunter2",
        "CONDUYT_SMTP_SECURITY": "tls",
    }

    kit = Kit.build(Sources(environment=environment), plugins=[SmtpPlugin()])

    found = kit.settings.section(SmtpSettings)
    assert (found.host, found.effective_port, found.username, found.security) == ("mail.example.org", 2525, "crm", "tls")
    assert found.password.reveal() == "hunter2-hunter2"
    assert "hunter2" not in repr(found) + repr(kit.settings.explained)
    assert isinstance(kit.provider(EMAIL_CHANNEL), SmtpChannel)


@pytest.mark.parametrize(("security", "port"), [("none", 25), ("starttls", 587), ("tls", 465)])
def test_port_follows_the_security(security: str, port: int) -> None:
    kit = Kit.build({"smtp": {"host": "mail", "security": security}}, plugins=[SmtpPlugin()])

    assert kit.settings.section(SmtpSettings).effective_port == port


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"security": "ssl"}, "smtp.security: must be one of none, starttls, tls"),
        ({"port": 70000}, "smtp.port: must be a port number"),
        ({"timeout": 0}, "smtp.timeout: must be above zero"),
        ({"username": "crm"}, "CONDUYT_SMTP_PASSWORD"),
        ({"hots": "mail"}, "did you mean host"),
    ],
)
def test_wrong_settings_stop_the_start_and_are_explained(values: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Kit.build({"smtp": values}, plugins=[SmtpPlugin()])


def test_importing_the_plugin_loads_neither_mail_nor_tls_code() -> None:
    code = "import sys; before = set(sys.modules); import conduyt_smtp.plugin; print(sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", f"import conduyt_kit.kit; {code}"], capture_output=True, text=True, check=True).stdout

    assert "smtplib" not in loaded
    assert "conduyt_smtp.channel" not in loaded
