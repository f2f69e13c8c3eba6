"""Builds the WSGI application of a kit."""

import logging
from typing import Any

import falcon

from conduyt_falcon.cors import Cors
from conduyt_falcon.docs import docs_pages
from conduyt_falcon.edge import CRASHED, Edge, EdgeOptions
from conduyt_falcon.gate import Gate, OpenGate
from conduyt_falcon.metrics import Metrics
from conduyt_falcon.pages import PageResource, server_pages
from conduyt_falcon.reading import RequestReader
from conduyt_falcon.resources import RouteResource, answer
from conduyt_falcon.routing import routes_of
from conduyt_falcon.settings import HttpSettings
from conduyt_kit.kernel.errors import (
    ConduytError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from conduyt_kit.kit import Kit

_log = logging.getLogger("conduyt.requests")


def application_of(kit: Kit, *, gate: Gate | None = None, metrics_folder: str | None = None) -> Edge:
    """Return the WSGI application that serves a kit; see `conduyt_falcon.wsgi`.

    Args:
        kit: the built kit.
        gate: limits how many requests are worked on at a time; see `gate`. None by default: the server has its threads.
        metrics_folder: where several server processes share their metrics; see `metrics.Metrics`.
    """
    settings = kit.settings.section(HttpSettings)
    gate = gate or OpenGate()
    metrics = Metrics(metrics_folder) if settings.metrics else None
    application = _falcon_application(kit, settings, gate)
    pages = {**server_pages(kit, metrics, gate), **(docs_pages(kit) if settings.docs else {})}
    for path, page in pages.items():
        application.add_route(path, PageResource(path, page))
    options = EdgeOptions(
        cors=Cors(frozenset(settings.cors_origins)),
        secure=kit.own_settings.public_url.startswith("https://"),
        trusted_proxies=settings.trusted_proxies,
        metrics=metrics,
        access_log=settings.access_log,
        gate=gate,
    )
    return Edge(application, options)


def _falcon_application(kit: Kit, settings: HttpSettings, gate: Gate) -> "falcon.App[Any, Any]":
    application = falcon.App(middleware=_middleware(kit))
    application.req_options.strip_url_path_trailing_slash = True
    application.add_error_handler(Exception, _crash)
    application.add_error_handler(falcon.HTTPError, _http_error)
    reader = RequestReader(settings, gate)
    for route in routes_of(kit.endpoints):
        application.add_route(route.template, RouteResource(route, kit.responders, reader))
    return application


def _middleware(kit: Kit) -> list[Any]:
    found: list[Any] = []
    for plugin in kit.manager.plugins:
        found.extend(kit.manager.call(plugin, "conduyt_falcon_middleware", kit=kit) or ())
    return found


def _crash(_: falcon.Request, resp: falcon.Response, error: Exception, _params: dict[str, Any]) -> None:
    # The kit's responders never raise, so this is a plugin's middleware or a page.
    if isinstance(error, ConduytError):
        answer(resp, error)
        return
    _log.error("request crashed", exc_info=error)
    answer(resp, CRASHED)


def _http_error(_: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, _params: dict[str, Any]) -> None:
    headers = dict(error.headers or {})
    found = translated(error)
    answer(resp, found, headers)
    # A plugin's middleware may answer with a status that the kit has no error for.
    resp.status = error.status


_ERRORS: dict[int, type[ConduytError]] = {
    400: InvalidRequest,
    401: Unauthenticated,
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
    503: Unavailable,
}


def translated(error: falcon.HTTPError) -> ConduytError:
    """Return the kit's error for one of Falcon's own."""
    status = error.status_code
    if status == 404:
        return NotFound("No such path; the reference is at /docs")
    if status == 405:
        allowed = dict(error.headers or {}).get("Allow", "")
        return MethodNotAllowed(f"This path takes {allowed}")
    message = error.description or error.title or f"HTTP {status}"
    if status == 429:
        return RateLimited(message, 1)
    found = _ERRORS.get(status)
    if found is not None:
        return found(message)
    return InvalidRequest(message) if status < 500 else ConduytError(message)
