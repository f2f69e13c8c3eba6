"""The settings section ``twilio``."""

from typing import Any

import attrs

from conduyt_kit.extension import Secret, SettingsSpec, setting
from conduyt_kit.kernel.errors import SettingsError

API_URL = "https://api.twilio.com"


def _web_address(_: Any, __: Any, value: str) -> None:
    if not value.startswith(("https://", "http://")):
        raise ValueError(f"must be a web address such as {API_URL}")


def _positive(_: Any, __: Any, value: float) -> None:
    if value <= 0:
        raise ValueError("must be above zero")


@attrs.frozen(kw_only=True)
class TwilioSettings:
    """The account that sends our SMS."""

    account_sid: str = attrs.field(
        default="", metadata=setting("The account, AC and 32 digits. While empty, SMS are printed to the console.")
    )
    auth_token: Secret = attrs.field(default=Secret(""), metadata=setting("The account's auth token; it also checks Twilio's callbacks."))
    from_number: str = attrs.field(
        default="", metadata=setting("The sender: a number of the account in E.164 form, or a messaging service, MG and 32 digits.")
    )
    api_url: str = attrs.field(default=API_URL, validator=_web_address, metadata=setting("Twilio's API, or a stand-in for tests."))
    timeout: float = attrs.field(default=10.0, validator=_positive, metadata=setting("Seconds to wait for Twilio's answer."))

    def __attrs_post_init__(self) -> None:
        if not self.account_sid:
            return
        # Without a token anybody could sign callbacks.
        if not self.auth_token:
            raise SettingsError("CONDUYT_TWILIO_ACCOUNT_SID is set but CONDUYT_TWILIO_AUTH_TOKEN is not; set both, or neither")
        if not self.from_number:
            raise SettingsError("CONDUYT_TWILIO_ACCOUNT_SID is set but CONDUYT_TWILIO_FROM_NUMBER is not; set both, or neither")


TWILIO_SETTINGS = SettingsSpec(name="twilio", cls=TwilioSettings, description="Sending and receiving SMS through Twilio.")
