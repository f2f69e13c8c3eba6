"""Settings that work and are asking for trouble."""

import urllib.parse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from conduyt_kit.ports.billing import BILLING
from conduyt_kit.ports.messages import EMAIL_CHANNEL, SMS_CHANNEL
from conduyt_kit.ports.storage import STORAGE

if TYPE_CHECKING:
    from conduyt_kit.kernel.environment import Port
    from conduyt_kit.kit import Kit

_READ_ELSEWHERE = {"CONDUYT_CONFIG", "CONDUYT_APP", "CONDUYT_DEBUG"}
_LOCAL = ("127.0.0.1", "localhost", "::1")


def about(kit: "Kit") -> Iterator[tuple[str, str]]:
    """Yield (subject, sentence with the remedy) for each setting to reconsider."""
    own = kit.own_settings
    address = urllib.parse.urlsplit(own.public_url)
    public = address.hostname not in _LOCAL
    listens = setting(kit, "http", "host") or "127.0.0.1"
    if public and address.scheme != "https":
        yield "public_url", f"{own.public_url} is not https: passwords and keys travel readable; put TLS in front and correct it"
    if listens not in _LOCAL and not public:
        yield "public_url", f"the server listens at {listens}, but links in mails say {own.public_url}; set CONDUYT_PUBLIC_URL"
    if not own.secret_key and (public or listens not in _LOCAL):
        kept = "made anew at each start" if kit.provider_name(STORAGE) == "memory" else f"the file {own.data_dir / 'secret.key'}"
        yield "secret_key", f"the key that signs sessions is {kept}; set CONDUYT_SECRET_KEY where several machines serve"
    if own.rate_limit_storage.startswith("memory") and several_workers(kit):
        yield (
            "rate_limit_storage",
            "each process counts for itself; set CONDUYT_RATE_LIMIT_STORAGE to a redis:// URL",
        )
    if own.rate_limit in ("", "off") and public:
        yield "rate_limit", "nothing limits how fast passwords are tried; set CONDUYT_RATE_LIMIT, such as 600/minute"
    if kit.provider_name(STORAGE) == "memory":
        yield "storage", "data is kept in memory and gone when the process ends; add the plugin sqlalchemy"
    for name in unread_variables(kit):
        yield name, "no setting of this kit reads this environment variable; `conduyt config explain` shows those there are"
    for port, what in ((EMAIL_CHANNEL, "mails"), (SMS_CHANNEL, "SMS")):
        if public and provider(kit, port) == "console":
            yield port.name, f"{what} are written to the console instead of being sent; configure a provider"
    if public and provider(kit, BILLING) == "fake":
        yield "billing", "money is pretended: whoever has a payment link can mark its invoice paid; set CONDUYT_STRIPE_API_KEY"


def unread_variables(kit: "Kit") -> list[str]:
    """Return the environment variables that look like settings and are none: misspelt, or of a plugin that does not run."""
    known = {item.env for item in kit.settings.explained} | _READ_ELSEWHERE
    return sorted(name for name in kit.sources.environment if name.startswith("CONDUYT_") and name not in known)


def several_workers(kit: "Kit") -> bool:
    """Whether more than one process may serve: told to, or left to choose on a database that several can write to at once."""
    workers = setting(kit, "http", "workers")
    if workers:
        return int(workers) > 1
    return getattr(kit.environment.storage, "dialect", None) == "postgresql"


def setting(kit: "Kit", section: str, key: str) -> str | None:
    """Return a setting in force of a section that a plugin may or may not bring, as `config explain` shows it."""
    return next((item.shown for item in kit.settings.explained if (item.section, item.key) == (section, key)), None)


def provider(kit: "Kit", port: "Port[Any]") -> str | None:
    """Return the name of the provider of a port, or ``None`` where nobody provides it."""
    from conduyt_kit.kernel.errors import PluginError

    try:
        return kit.provider_name(port)
    except PluginError:
        return None
