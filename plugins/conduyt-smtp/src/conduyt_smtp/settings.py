"""The settings section ``smtp``."""

from pathlib import Path
from typing import Any, Literal

import attrs

from conduyt_kit.extension import Secret, SettingsSpec, setting
from conduyt_kit.kernel.errors import SettingsError

Security = Literal["none", "starttls", "tls"]
PORTS: dict[Security, int] = {"none": 25, "starttls": 587, "tls": 465}


def _port(_: Any, __: Any, value: int) -> None:
    if not 0 <= value <= 65535:
        raise ValueError("must be a port number, or 0 for the usual one")


def _positive(_: Any, __: Any, value: float) -> None:
    if value <= 0:
        raise ValueError("must be above zero")


@attrs.frozen(kw_only=True)
class SmtpSettings:
    """The mail server that takes our mail, and the secret of those who bring us mail."""

    host: str = attrs.field(default="", metadata=setting("The mail server. While empty, mails are printed to the console."))
    port: int = attrs.field(
        default=0, validator=_port, metadata=setting("Its port; 0 for the usual one: 587 with starttls, 465 with tls, 25 with none.")
    )
    username: str = attrs.field(default="", metadata=setting("The name to log in with; empty to send without logging in."))
    password: Secret = attrs.field(default=Secret(""), metadata=setting("The password to log in with."))
    security: Security = attrs.field(
        default="starttls", metadata=setting("How the connection is protected: starttls, tls from the first byte, or none.")
    )
    ca_file: Path | None = attrs.field(
        default=None, metadata=setting("A PEM file of the authorities to trust instead of the system's, for a server with a private one.")
    )
    timeout: float = attrs.field(default=10.0, validator=_positive, metadata=setting("Seconds to wait for the server in each step."))
    inbound_secret: Secret = attrs.field(
        default=Secret(""), metadata=setting("What incoming mail is signed with; empty to take none. `openssl rand -hex 32` makes one.")
    )

    def __attrs_post_init__(self) -> None:
        if self.username and not self.password:
            raise SettingsError("CONDUYT_SMTP_USERNAME is set but CONDUYT_SMTP_PASSWORD is not; set both, or neither")

    @property
    def effective_port(self) -> int:
        """Return the port in use."""
        return self.port or PORTS[self.security]


SMTP_SETTINGS = SettingsSpec(name="smtp", cls=SmtpSettings, description="Sending e-mail over SMTP, and taking it by signed callbacks.")
