"""The outermost layer: what every answer has, whoever made it, and what is noted about every request."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import attrs

from conduyt_falcon.cors import Cors
from conduyt_falcon.gate import Gate, OpenGate
from conduyt_falcon.logs import REQUEST_ID, accepted_request_id
from conduyt_falcon.metrics import Metrics
from conduyt_falcon.reading import Environ, client_address
from conduyt_falcon.resources import OPEN, REQUEST, ROUTE
from conduyt_kit.kernel.context import new_request_id
from conduyt_kit.kernel.errors import ConduytError
from conduyt_kit.kernel.responder import failure

_log = logging.getLogger("conduyt.requests")
_access = logging.getLogger("conduyt.access")

UNMATCHED = "unmatched"
ALIVE = "/healthz"

_OPEN = OpenGate()

API_POLICY = "default-src 'none'; frame-ancestors 'none'"

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

CRASHED = ConduytError("Something went wrong on the server; the request may be repeated")


@attrs.frozen(kw_only=True)
class EdgeOptions:
    """What the edge does, from the settings."""

    cors: Cors
    secure: bool
    """Whether people reach the server by https, so that browsers may be told to insist on it."""
    trusted_proxies: int = 0
    metrics: Metrics | None = None
    access_log: bool = False
    gate: Gate = attrs.field(factory=OpenGate)


class Edge:
    """A WSGI application around another one.

    Gives every answer a request id, the security headers that it does not set itself, and CORS; answers what crashed below.
    """

    def __init__(self, application: Application, options: EdgeOptions) -> None:
        self.application = application
        self._options = options
        self._security = security_headers(secure=options.secure)
        self._names = frozenset(name.lower() for name, _ in self._security)
        self._noted = options.access_log or options.metrics is not None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request_id = accepted_request_id(environ.get("HTTP_X_REQUEST_ID")) or new_request_id()
        environ[REQUEST] = request_id
        token = REQUEST_ID.set(request_id)
        started = time.perf_counter() if self._noted else 0.0
        status = "500"
        # A server that is busy with one long request is alive.
        gate = _OPEN if environ.get("PATH_INFO") == ALIVE else self._options.gate
        gate.acquire()

        def start(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = line[:3]
            complete = self._complete(environ, headers, request_id)
            return start_response(line, complete, exc_info) if exc_info else start_response(line, complete)

        try:
            return self.application(environ, start)
        except Exception:  # noqa: BLE001 - the last line of defence: every request is answered
            # Only a crash of Falcon itself or of a plugin's middleware while it handled another error gets here.
            _log.exception("request %s crashed outside the application", request_id)
            reply = failure(CRASHED)
            start("500 Internal Server Error", [*reply.headers.items(), ("Content-Length", str(len(reply.body)))])
            return [reply.body]
        finally:
            if self._noted:
                self._note(environ, status, time.perf_counter() - started)
            gate.release()
            REQUEST_ID.reset(token)

    def _complete(self, environ: Environ, headers: list[tuple[str, str]], request_id: str) -> list[tuple[str, str]]:
        own = {name.lower() for name, _ in headers} & self._names
        security = self._security if not own else [item for item in self._security if item[0].lower() not in own]
        complete = [*headers, ("X-Request-Id", request_id), *security]
        if self._options.cors.concerns(environ):
            complete = self._options.cors.added(environ, complete, open_to_all=OPEN in environ)
        return complete

    def _note(self, environ: Environ, status: str, seconds: float) -> None:
        route = environ.get(ROUTE, UNMATCHED)
        method = environ["REQUEST_METHOD"]
        if self._options.metrics is not None:
            self._options.metrics.observe(method, route, status, seconds)
        if self._options.access_log:
            _access.info("%s %s %s", method, _logged_path(environ, route), status, extra={"fields": self._line(environ, status, seconds)})

    def _line(self, environ: Environ, status: str, seconds: float) -> Mapping[str, Any]:
        return {
            "method": environ["REQUEST_METHOD"],
            "route": environ.get(ROUTE, UNMATCHED),
            "status": int(status),
            "milliseconds": round(seconds * 1000, 2),
            "client": client_address(environ, self._options.trusted_proxies),
        }


def security_headers(*, secure: bool) -> list[tuple[str, str]]:
    """Return the headers that every answer has unless it brings its own."""
    headers = [
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", API_POLICY),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
    ]
    return [*headers, ("Strict-Transport-Security", "max-age=31536000")] if secure else headers


def _logged_path(environ: Environ, route: str) -> str:
    """Return what the log shows of the path: the template where it has parameters, which may be secrets, such as tokens."""
    if route != UNMATCHED:
        return route
    return quote(environ.get("PATH_INFO", "")[:200], safe="/:@!$&'()*+,;=~", encoding="latin-1")
