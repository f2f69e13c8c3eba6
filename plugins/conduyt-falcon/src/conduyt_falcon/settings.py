"""The settings section ``[http]``."""

from typing import Any

import attrs

from conduyt_kit.kernel.settings import SettingsSpec, setting


def _at_least(smallest: int) -> Any:
    def check(_: Any, __: "attrs.Attribute[Any]", value: int | None) -> None:
        if value is not None and value < smallest:
            raise ValueError(f"must be at least {smallest}, not {value}")

    return check


def _port(_: Any, __: "attrs.Attribute[Any]", value: int) -> None:
    if not 0 <= value <= 65535:
        raise ValueError(f"must be from 0 to 65535, not {value}")


def _origins(_: Any, __: "attrs.Attribute[Any]", value: tuple[str, ...]) -> None:
    for origin in value:
        scheme, separator, host = origin.partition("://")
        if origin != "*" and (scheme not in ("http", "https") or not separator or not host or "/" in host or "*" in host):
            raise ValueError(f"{origin!r} is not an origin such as https://app.example.com (or * for all)")


@attrs.frozen(kw_only=True)
class HttpSettings:
    """How the API is served."""

    host: str = attrs.field(default="127.0.0.1", metadata=setting("The address to listen at; 0.0.0.0 for all."))
    port: int = attrs.field(default=8000, validator=_port, metadata=setting("The port to listen at."))
    workers: int | None = attrs.field(
        default=None, validator=_at_least(1), metadata=setting("Server processes; by default one, with PostgreSQL one per core.")
    )
    threads: int = attrs.field(
        default=16,
        validator=_at_least(1),
        metadata=setting("Requests whose bodies one process receives at a time, so that a slow client does not hold up the others."),
    )
    concurrency: int = attrs.field(
        default=1,
        validator=_at_least(1),
        metadata=setting("Requests that one process answers at a time once their bodies are there; 1 is fastest for short ones."),
    )
    body_limit: int = attrs.field(default=2**20, validator=_at_least(1), metadata=setting("The largest JSON body in bytes."))
    upload_limit: int = attrs.field(
        default=32 * 2**20, validator=_at_least(1), metadata=setting("The largest body of other kinds (imports) in bytes.")
    )
    query_limit: int = attrs.field(default=8192, validator=_at_least(1), metadata=setting("The longest query string in bytes."))
    trusted_proxies: int = attrs.field(
        default=0,
        validator=_at_least(0),
        metadata=setting("How many proxies in front of the server add to X-Forwarded-For; 0 ignores the header."),
    )
    cors_origins: tuple[str, ...] = attrs.field(
        default=(), validator=_origins, metadata=setting("Origins whose pages may call the API from a browser; * for all.")
    )
    docs: bool = attrs.field(default=True, metadata=setting("Whether /docs and /api/v1/openapi.json are served."))
    metrics: bool = attrs.field(
        default=False, metadata=setting("Whether /metrics is served, to whoever can reach the port; shield it at the proxy.")
    )
    access_log: bool = attrs.field(
        default=False, metadata=setting("Whether each request is logged as a line of JSON by the logger conduyt.access.")
    )
    shutdown_timeout: int = attrs.field(
        default=20, validator=_at_least(1), metadata=setting("Seconds that running requests and jobs have to finish after SIGTERM.")
    )


HTTP_SETTINGS = SettingsSpec(name="http", cls=HttpSettings, description="How the API is served.")
