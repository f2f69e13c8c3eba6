"""Falcon resources: one per route, with a method for each of its operations."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import falcon

from conduyt_falcon.reading import RequestReader
from conduyt_falcon.routing import Route
from conduyt_kit.kernel.endpoints import Endpoint, Envelope, Reply
from conduyt_kit.kernel.errors import ConduytError
from conduyt_kit.kernel.responder import Responder, failure

ROUTE = "conduyt.route"
"""Where a request's environment holds the template of its route, for logs and metrics."""
OPEN = "conduyt.cross_origin"
"""Set in a request's environment when pages of every origin may call its operation."""
REQUEST = "conduyt.request_id"

PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For pages that bring no policy of their own: their style and their form work, scripts and foreign content do not."""

OnMethod = Callable[..., None]
_UNSAFE = re.compile(r"[^\x20-\x7e]")
_HEADER_SAFE = " \"!#$%&'()*+,-./:;<=>?@[]^_`{|}~"


class RouteResource:
    """Serves one route. Has an ``on_...`` attribute for each of its methods, as Falcon looks for them."""

    def __init__(self, route: Route, responders: Mapping[tuple[str, str], Responder], reader: RequestReader) -> None:
        for method, endpoint in route.endpoints.items():
            respond = responders[method, endpoint.route]
            setattr(self, f"on_{method.lower()}", _on_method(endpoint, respond, reader, route.names[method]))
        if "GET" in route.endpoints:
            self.on_head = getattr(self, "on_get")  # noqa: B009 - set above, which mypy cannot know
        self._allow = ", ".join(allowed_methods(route))
        self._open_methods = frozenset(method for method, endpoint in route.endpoints.items() if endpoint.cross_origin)
        self._label = route.label

    def on_options(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        req.env[ROUTE] = self._label
        if req.env.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "") in self._open_methods:
            req.env[OPEN] = True
        resp.status = falcon.HTTP_204
        resp.set_header("Allow", self._allow)


def allowed_methods(route: Route) -> list[str]:
    """Return the methods that a route answers, for ``Allow``."""
    return sorted({*route.endpoints, "OPTIONS", *(["HEAD"] if "GET" in route.endpoints else [])})


def _on_method(endpoint: Endpoint, respond: Responder, reader: RequestReader, names: Mapping[str, str]) -> OnMethod:
    label, raw = endpoint.route, endpoint.envelope is Envelope.RAW

    def on_method(req: falcon.Request, resp: falcon.Response, **params: str) -> None:
        environ = req.env
        environ[ROUTE] = label
        if endpoint.cross_origin:
            environ[OPEN] = True
        try:
            request = reader.read(
                environ,
                endpoint,
                path=req.path,
                parameters={names[key]: value for key, value in params.items()},
                request_id=environ[REQUEST],
            )
        except ConduytError as error:
            send(failure(error), resp)
        else:
            reply = respond(request)
            send(reply, resp)
            if raw and reply.headers.get("Content-Type", "").startswith("text/html") and "Content-Security-Policy" not in reply.headers:
                resp.set_header("Content-Security-Policy", PAGE_POLICY)

    return on_method


def send(reply: Reply, resp: falcon.Response) -> None:
    """Put a reply into Falcon's response."""
    resp.status = reply.status
    resp.data = reply.body
    headers = reply.headers
    if _UNSAFE.search("".join(headers.values())):
        # What a record holds may end up in a header (a redirect, a file's name); it must not end or split the header there.
        headers = {name: quote(value, safe=_HEADER_SAFE) if _UNSAFE.search(value) else value for name, value in headers.items()}
    for name, value in headers.items():
        resp.set_header(name, value)


def answer(resp: falcon.Response, error: ConduytError, headers: Mapping[str, Any] | None = None) -> None:
    """Put an error's documented envelope into Falcon's response."""
    send(failure(error), resp)
    for name, value in (headers or {}).items():
        resp.set_header(name, value)
