import subprocess
import sys

import pytest

from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.kernel.errors import SettingsError
from conduyt_kit.kernel.settings import Sources
from conduyt_kit.kit import Kit
from conduyt_kit.ports.messages import SMS_CHANNEL, OutgoingMessage
from conduyt_twilio.channel import TwilioChannel
from conduyt_twilio.plugin import TwilioPlugin
from conduyt_twilio.settings import TwilioSettings

from .twilio_peer import FROM, SID, TOKEN, TwilioBench


def _check(kit: Kit) -> str:
    [check] = [item.record for item in kit.health_checks if item.record.name == "twilio"]
    assert not check.essential
    return check.check(kit)


def test_console_serves_while_no_account_is_set() -> None:
    kit = Kit.build({}, plugins=[TwilioPlugin()])

    assert isinstance(kit.provider(SMS_CHANNEL), ConsoleChannel)
    assert _check(kit).startswith("No Twilio account is configured")


def test_channel_serves_once_an_account_is_set(twilio: TwilioBench) -> None:
    section = {"account_sid": SID, "auth_token": TOKEN, "from_number": FROM, "api_url": str(twilio._server.url_for(""))}
    with Kit.build({"public_url": "https://crm.example.org", "twilio": section}, plugins=[TwilioPlugin()]) as kit:
        kit.provider(SMS_CHANNEL).send(OutgoingMessage(id="m1", to="+14155552671", text="Hi"))

        assert _check(kit) == f"The Twilio account {SID} is active"
    assert twilio.forms[0]["StatusCallback"] == "https://crm.example.org/api/v1/messages/status/twilio"


def test_settings_come_from_the_documented_environment() -> None:
    environment = {
        "CONDUYT_TWILIO_ACCOUNT_SID": SID,
        "CONDUYT_TWILIO_AUTH_TOKEN": TOKEN,
        "CONDUYT_TWILIO_FROM_NUMBER": FROM,
        "CONDUYT_TWILIO_API_URL": "http://127.0.0.1:1",
    }

    with Kit.build(Sources(environment=environment), plugins=[TwilioPlugin()]) as kit:
        found = kit.settings.section(TwilioSettings)
        assert (found.account_sid, found.auth_token.reveal(), found.from_number, found.api_url) == (SID, TOKEN, FROM, "http://127.0.0.1:1")
        assert TOKEN not in repr(found) + repr(kit.settings.explained)
        assert isinstance(kit.provider(SMS_CHANNEL), TwilioChannel)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"account_sid": SID, "from_number": FROM}, "CONDUYT_TWILIO_AUTH_TOKEN"),
        ({"account_sid": SID, "auth_token": TOKEN}, "CONDUYT_TWILIO_FROM_NUMBER"),
        ({"api_url": "api.twilio.com"}, "twilio.api_url: must be a web address"),
        ({"timeout": -1}, "twilio.timeout: must be above zero"),
    ],
)
def test_wrong_settings_stop_the_start_and_are_explained(values: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Kit.build({"twilio": values}, plugins=[TwilioPlugin()])


def test_importing_the_plugin_loads_no_http_client() -> None:
    code = (
        "import sys, conduyt_twilio.plugin; print([name for name in sys.modules if name.startswith(('httpx', 'conduyt_twilio.channel'))])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"
