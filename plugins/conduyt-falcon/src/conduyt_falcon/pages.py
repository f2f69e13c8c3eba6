"""The server's own pages, which need no credential: liveness, readiness, metrics."""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from typing import Any

import falcon
import msgspec

from conduyt_falcon.edge import ALIVE
from conduyt_falcon.gate import Gate, Outside
from conduyt_falcon.metrics import CONTENT_TYPE, Metrics
from conduyt_falcon.resources import ROUTE
from conduyt_kit.kernel.errors import ConduytError
from conduyt_kit.kit import Kit

_log = logging.getLogger("conduyt.health")

_GOOD_FOR = dt.timedelta(seconds=1)

Page = Callable[[falcon.Request, falcon.Response], None]


class PageResource:
    """A page that is read with GET."""

    def __init__(self, path: str, page: Page) -> None:
        self._path = path
        self._page = page

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.env[ROUTE] = self._path
        self._page(req, resp)

    on_head = on_get

    def on_options(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.env[ROUTE] = self._path
        resp.status = falcon.HTTP_204
        resp.set_header("Allow", "GET, HEAD, OPTIONS")


def server_pages(kit: Kit, metrics: Metrics | None, gate: Gate) -> dict[str, Page]:
    """Return the pages by path; without `metrics` none is shown."""
    pages: dict[str, Page] = {ALIVE: _alive, "/readyz": Readiness(kit, gate).show}
    return pages if metrics is None else {**pages, "/metrics": _metrics_page(metrics)}


def _alive(_: falcon.Request, resp: falcon.Response) -> None:
    resp.content_type = falcon.MEDIA_JSON
    resp.data = b'{"status":"ok"}'


def _metrics_page(metrics: Metrics) -> Page:
    def show(_: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = CONTENT_TYPE
        resp.data = metrics.text()

    return show


class Readiness:
    """Asks the kit's health checks whether requests can be served.

    Checks may take long, and anybody may ask: they run outside the gate, one round at a time, and an answer is good for a second.
    """

    def __init__(self, kit: Kit, gate: Gate) -> None:
        self._kit = kit
        self._gate = gate
        self._lock = threading.Lock()
        self._answer: tuple[dt.datetime, list[dict[str, Any]]] | None = None

    def show(self, _: falcon.Request, resp: falcon.Response) -> None:
        with Outside(self._gate), self._lock:
            checks = self._recent()
        ready = all(check["ok"] or not check["essential"] for check in checks)
        resp.status = falcon.HTTP_200 if ready else falcon.HTTP_503
        resp.content_type = falcon.MEDIA_JSON
        resp.data = msgspec.json.encode({"status": "ready" if ready else "not ready", "checks": checks})

    def _recent(self) -> list[dict[str, Any]]:
        if self._answer is None or self._kit.clock.now() - self._answer[0] >= _GOOD_FOR:
            checks = [self._asked(item.record.name, item.record.check, item.record.essential) for item in self._kit.health_checks]
            self._answer = self._kit.clock.now(), checks
        return self._answer[1]

    def _asked(self, name: str, check: Callable[[Kit], str], essential: bool) -> dict[str, Any]:
        try:
            found, message = True, check(self._kit)
        except ConduytError as error:
            found, message = False, error.message
        except Exception:  # noqa: BLE001 - a check that crashes is a check that failed
            _log.exception("the health check %s crashed", name)
            found, message = False, "The check itself failed; the server's log says why"
        return {"name": name, "ok": found, "essential": essential, "message": message}
