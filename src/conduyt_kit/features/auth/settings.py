"""The settings of authentication."""

import datetime as dt
from typing import Literal

import attrs

from conduyt_kit.kernel.settings import SettingsSpec, rate, setting


@attrs.frozen(kw_only=True)
class AuthSettings:
    """Who may register, how long sessions last, how often anybody may try."""

    registration: Literal["open", "first", "closed"] = attrs.field(
        default="open", metadata=setting("Who may create a workspace: everybody (open), only the first comer (first), nobody (closed).")
    )
    session_lifetime: dt.timedelta = attrs.field(
        default=dt.timedelta(days=14), metadata=setting("Seconds until a session must be renewed by logging in.")
    )
    cache_seconds: float = attrs.field(
        default=1.0,
        metadata=setting(
            "How long an accepted credential is remembered; a revocation takes effect in other processes after it. 0 for off."
        ),
    )
    last_use_seconds: float = attrs.field(
        default=60.0, metadata=setting("How often the last use of a user and key is noted at most. 0 for never.")
    )
    login_limit: str = attrs.field(default="10/minute", validator=rate, metadata=setting("Login attempts per account; off for none."))
    address_limit: str = attrs.field(
        default="60/minute", validator=rate, metadata=setting("Login and reset attempts per client address; off for none.")
    )
    registration_limit: str = attrs.field(
        default="120/minute", validator=rate, metadata=setting("Registrations per client address; off for none.")
    )
    reset_limit: str = attrs.field(default="5/minute", validator=rate, metadata=setting("Password reset mails per account; off for none."))


AUTH_SETTINGS = SettingsSpec(name="auth", cls=AuthSettings, description="Registration, sessions, API keys and login limits.")
