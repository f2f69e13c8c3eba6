"""Reading the address of a receiver, strictly: what browsers and libraries read in two ways is refused."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import attrs

from conduyt_kit.defaults.guarded_http.public_addresses import may_be_called
from conduyt_kit.defaults.guarded_http.settings import WebhookSettings

LONGEST = 2000
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


@attrs.frozen(kw_only=True)
class Target:
    """Where to connect, and what to ask for."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """Return the host as the Host header names it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _DEFAULT_PORTS["https" if self.secure else "http"] else f"{shown}:{self.port}"


def read_target(url: str, settings: WebhookSettings) -> Target:
    """Return the target of an address.

    Raises:
        ValueError: it is not one that may be called, as far as can be told without the network.
    """
    if len(url) > LONGEST or not re.fullmatch(r"[!-~]+", url) or re.search(r"[\\#]", url):
        raise ValueError(f"Must be a web address of at most {LONGEST} characters, percent-encoded, without spaces, # or backslashes")
    parts, port = _split(url)
    schemes = ("https", "http") if settings.allow_private_networks else ("https",)
    if parts.scheme not in schemes:
        raise ValueError(f"Must be a web address that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if "@" in parts.netloc:
        raise ValueError("Must not contain a user name or password")
    host = parts.hostname or ""
    port = port if port is not None else _DEFAULT_PORTS[parts.scheme]
    if not settings.allow_private_networks and port not in settings.ports:
        raise ValueError(f"Must use one of the ports {', '.join(map(str, settings.ports))}")
    _check_host(host, settings)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure=parts.scheme == "https", host=host, port=port, path=path)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("Must be a web address such as https://example.org/hook") from None
    return parts, port


def _check_host(host: str, settings: WebhookSettings) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host):
            raise ValueError("Must name a host, such as example.org; write international names as xn--...") from None
        if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            # Resolvers take 127.1, 0x7f.1 and 2130706433 for 127.0.0.1; no name ends in a number.
            raise ValueError("Must name a host, or an IP address in its usual form") from None
        is_local = host.rstrip(".").lower().rpartition(".")[2] == "localhost"
        if is_local and not settings.allow_private_networks:
            raise ValueError("Must not be an address inside a private network") from None
        return
    if not may_be_called(host, private=settings.allow_private_networks):
        raise ValueError("Must not be an address inside a private network")
