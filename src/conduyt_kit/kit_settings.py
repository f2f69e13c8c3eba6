"""The kit's own settings section, and the secret key of an installation."""

import os
import secrets
import zoneinfo
from pathlib import Path
from typing import Any

import attrs

from conduyt_kit.kernel.errors import SettingsError
from conduyt_kit.kernel.settings import Secret, SettingsSpec, form, rate, setting
from conduyt_kit.kernel.values import Currency, Url

SHORTEST_SECRET = 32


def _zone(_: Any, __: "attrs.Attribute[str]", value: str) -> None:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"must be an IANA time zone, such as America/New_York, not {value!r}") from error


@attrs.frozen(kw_only=True)
class KitSettings:
    """What concerns the whole installation."""

    data_dir: Path = attrs.field(
        default=Path("conduyt-data"), metadata=setting("Folder of the embedded data: the database file and the generated secret key.")
    )
    secret_key: Secret = attrs.field(
        default=Secret(""),
        metadata=setting("Signs sessions and links; at least 32 characters. Generated and kept in the data folder when not given."),
    )
    public_url: str = attrs.field(
        default="http://127.0.0.1:8000",
        validator=form(Url),
        metadata=setting("Where people and providers reach the server; the base of every link in a mail."),
    )
    plugins: tuple[str, ...] = attrs.field(default=(), metadata=setting("The installed plugins that run, in order."))
    features: tuple[str, ...] = attrs.field(default=(), metadata=setting("The features to run; empty for all."))
    providers: dict[str, str] = attrs.field(
        factory=dict, metadata=setting('Which provider serves a port, where several do: {storage = "sqlalchemy"}.')
    )
    mail_from: str = attrs.field(
        default="Conduyt <no-reply@localhost.localdomain>", metadata=setting("The sender of the server's own mails.")
    )
    rate_limit: str = attrs.field(
        default="6000/minute",
        validator=rate,
        metadata=setting("Requests per credential, or per address without one, such as 600/minute; off for none."),
    )
    rate_limit_storage: str = attrs.field(
        default="memory://", metadata=setting("Where requests are counted: memory:// per process, or a redis:// URL for all together.")
    )
    default_currency: str = attrs.field(default="USD", validator=form(Currency), metadata=setting("The currency of new workspaces."))
    default_timezone: str = attrs.field(default="UTC", validator=_zone, metadata=setting("The IANA time zone of new workspaces."))


KIT_SETTINGS = SettingsSpec(name="", cls=KitSettings, description="The whole installation.")


def secret_key(settings: KitSettings, *, persistent: bool) -> str:
    """Return the key that signs sessions and links.

    Without a configured one, a key is made: kept in the data folder (readable by its owner only) when `persistent`, else good for this
    process only. Two processes that start at once agree on one key.

    Raises:
        SettingsError: the configured key is too short, or the data folder cannot be written.
    """
    if settings.secret_key:
        key = settings.secret_key.reveal()
        if len(key) < SHORTEST_SECRET:
            raise SettingsError(f"CONDUYT_SECRET_KEY must have at least {SHORTEST_SECRET} characters; `openssl rand -hex 32` makes one")
        return key
    if not persistent:
        return secrets.token_hex(32)
    path = settings.data_dir / "secret.key"
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _read_or_make(path)
    except OSError as error:
        raise SettingsError(f"The data folder {settings.data_dir} cannot be written ({error}); set CONDUYT_DATA_DIR") from error


def _read_or_make(path: Path) -> str:
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        try:
            # A link fails where the name exists, so of two starters one key wins and is whole when it is seen.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text("ascii").strip()
