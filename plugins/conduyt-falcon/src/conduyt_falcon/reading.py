"""Reading requests: bodies within limits, strict query strings, the client's address."""

import functools
import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from conduyt_falcon.gate import Gate, Outside
from conduyt_falcon.settings import HttpSettings
from conduyt_kit.kernel.endpoints import Endpoint, Request
from conduyt_kit.kernel.errors import InvalidRequest, NotFound, PayloadTooLarge

Environ = dict[str, Any]

_MOST_PARAMETERS = 256
_SHOWS_ITS_END = ("", "application/json", "multipart/form-data")
"""Bodies of these types are malformed when their end is missing; without a type nothing is made of a body."""
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.-]*")
_PATH_SAFE = "/:@!$&'()*+,;=~-._"


class Headers(Mapping[str, str]):
    """The headers of a WSGI request under lower-case names, looked up when asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ[_variable(name)]  # type: ignore[no-any-return]

    def get(self, name: str, default: Any = None) -> Any:
        return self._environ.get(_variable(name), default)

    def __iter__(self) -> Iterator[str]:
        for key in self._environ:
            if key.startswith("HTTP_") or (key in ("CONTENT_TYPE", "CONTENT_LENGTH") and self._environ[key]):
                yield key.removeprefix("HTTP_").replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)


@functools.lru_cache(maxsize=512)
def _variable(name: str) -> str:
    upper = name.upper().replace("-", "_")
    return upper if upper in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{upper}"


class RequestReader:
    """Reads requests as the settings allow."""

    def __init__(self, settings: HttpSettings, gate: Gate) -> None:
        self._settings = settings
        self._gate = gate

    def read(self, environ: Environ, endpoint: Endpoint, *, path: str, parameters: Mapping[str, str], request_id: str) -> Request:
        """Return the request for an endpoint's responder; its body is read when it is asked for.

        Raises:
            InvalidRequest: the query string is malformed.
            NotFound: the path holds what no id can.
        """
        for value in parameters.values():
            if "\x00" in value:
                raise NotFound("No record has such an id")
        raw_query = environ.get("QUERY_STRING", "")
        target = path if _PLAIN_PATH.fullmatch(path) else quote(path, safe=_PATH_SAFE)
        return Request(
            method=endpoint.method,
            target=f"{target}?{raw_query}" if raw_query else target,
            path=parameters,
            query=parse_query(raw_query, self._settings.query_limit) if raw_query else {},
            headers=Headers(environ),
            body=b"" if endpoint.method == "GET" else lambda: read_body(environ, self._limit(environ, endpoint), self._gate),
            remote=client_address(environ, self._settings.trusted_proxies),
            id=request_id,
        )

    def _limit(self, environ: Environ, endpoint: Endpoint) -> int:
        if endpoint.accepts and _media_type(environ) in endpoint.accepts:
            return self._settings.upload_limit
        return self._settings.body_limit


def read_body(environ: Environ, limit: int, gate: Gate) -> bytes:
    """Return the whole body; while it is awaited, `gate` is open to others.

    Raises:
        PayloadTooLarge: it is longer than `limit`; no more than that is read.
        InvalidRequest: its length is not a number, or it ended before its announced length, or it has none and its type does not show
            whether it is whole.
    """
    announced = environ.get("CONTENT_LENGTH") or ""
    if not announced:
        return _read_chunked(environ, limit, gate) if "HTTP_TRANSFER_ENCODING" in environ or environ.get("wsgi.input_terminated") else b""
    if not (announced.isascii() and announced.isdigit()):
        raise InvalidRequest("Content-Length is not a number")
    length = int(announced) if len(announced) < 16 else limit + 1
    if length > limit:
        raise _too_large(limit)
    with Outside(gate):
        body = _read(environ, length)
    if len(body) < length:
        raise InvalidRequest("The body ended before its announced length")
    return body


def _read_chunked(environ: Environ, limit: int, gate: Gate) -> bytes:
    if not environ.get("wsgi.input_terminated"):
        raise InvalidRequest("This server needs a Content-Length")
    if _media_type(environ) not in _SHOWS_ITS_END:
        # A chunked body that was cut off looks like a whole one here, and half of a file would be taken for all of it.
        raise InvalidRequest("Send a body of this type with a Content-Length, so that it can be seen whether all of it arrived")
    with Outside(gate):
        body = _read(environ, limit + 1)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _media_type(environ: Environ) -> str:
    return (environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()


def _read(environ: Environ, length: int) -> bytes:
    stream = environ["wsgi.input"]
    parts: list[bytes] = []
    while length > 0:
        try:
            part = stream.read(length)
        except OSError as error:
            raise InvalidRequest("The connection broke while the body was being sent") from error
        if not part:
            break
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {limit} bytes; send less at a time")


def parse_query(raw: str, limit: int) -> dict[str, Sequence[str]]:
    """Return all values of each parameter of a query string, in order.

    Raises:
        InvalidRequest: it is too long, has a broken escape, is not UTF-8 or holds NUL.
    """
    if len(raw) > limit:
        raise InvalidRequest(f"The query string is longer than {limit} bytes")
    found: dict[str, Sequence[str]] = {}
    parts = raw.split("&")
    if len(parts) > _MOST_PARAMETERS:
        raise InvalidRequest(f"The query string has more than {_MOST_PARAMETERS} parameters")
    for part in parts:
        if part:
            name, _, value = part.partition("=")
            found.setdefault(_decoded(name), []).append(_decoded(value))  # type: ignore[attr-defined]
    return found


def _decoded(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text
    raw = text.replace("+", " ").encode("latin-1", "replace")
    if _BAD_ESCAPE.search(raw):
        raise InvalidRequest("The query string has a % that is not followed by two hexadecimal digits")
    try:
        value = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The query string is not UTF-8") from error
    if "\x00" in value:
        raise InvalidRequest("The query string must not contain NUL characters")
    return value


def client_address(environ: Environ, proxies: int) -> str:
    """Return the client's address: the peer's, or with `proxies` trusted ones what the outermost of them saw.

    Entries of ``X-Forwarded-For`` left of those that the trusted proxies added are the client's own claim and never used.
    """
    peer = str(environ.get("REMOTE_ADDR") or "")
    forwarded = environ.get("HTTP_X_FORWARDED_FOR") if proxies else None
    if not forwarded:
        return peer
    chain = [item.strip() for item in forwarded.split(",")]
    return _address(chain[-proxies] if len(chain) >= proxies else chain[0]) or peer


def _address(text: str) -> str | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
