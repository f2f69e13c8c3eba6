"""Cross-origin requests of browsers: which pages may read the API's answers."""

import attrs

from conduyt_falcon.reading import Environ

EXPOSED = "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id, ETag, Retry-After, Idempotent-Replayed"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
_PREFLIGHT_SECONDS = "600"

Headers = list[tuple[str, str]]


@attrs.frozen
class Cors:
    """Decides by origin. Credentials (cookies) are never allowed: the API is used with bearer tokens."""

    origins: frozenset[str]

    def concerns(self, environ: Environ) -> bool:
        """Return whether the answer depends on the caller's origin."""
        return "HTTP_ORIGIN" in environ or bool(self.origins)

    def added(self, environ: Environ, headers: Headers, *, open_to_all: bool) -> Headers:
        """Return the headers of an answer with what lets the request's origin read it, where it may."""
        origin = environ.get("HTTP_ORIGIN")
        if open_to_all or "*" in self.origins:
            return headers if origin is None else [*headers, *_allowing(environ, "*")]
        varying = _varying(headers) if self.origins else headers
        if origin is None or origin not in self.origins:
            return varying
        return [*varying, *_allowing(environ, origin)]


def _allowing(environ: Environ, origin: str) -> Headers:
    headers = [("Access-Control-Allow-Origin", origin)]
    if environ["REQUEST_METHOD"] != "OPTIONS":
        return [*headers, ("Access-Control-Expose-Headers", EXPOSED)]
    return [
        *headers,
        ("Access-Control-Allow-Methods", "GET, POST, PATCH, PUT, DELETE"),
        ("Access-Control-Allow-Headers", _REQUEST_HEADERS),
        ("Access-Control-Max-Age", _PREFLIGHT_SECONDS),
    ]


def _varying(headers: Headers) -> Headers:
    """Return the headers with ``Vary: Origin``, so that no cache gives one origin the answer of another."""
    present = [value for name, value in headers if name.lower() == "vary"]
    rest = [(name, value) for name, value in headers if name.lower() != "vary"]
    return [*rest, ("Vary", ", ".join([*present, "Origin"]))]
