"""Counters of the server in Prometheus' text format."""

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class Metrics:
    """The request metrics of one application, in a registry of its own.

    Labels come from the routes' templates, never from paths, so their number is bounded. `folder` is where the server processes of
    one machine share their numbers (see `prometheus_client.multiprocess`); ``None`` with a single process.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._registry = CollectorRegistry()
        self._shown = self._registry
        if folder is not None:
            self._shown = CollectorRegistry()
            MultiProcessCollector(self._shown, path=folder)  # type: ignore[no-untyped-call]
        self._requests = Counter("conduyt_http_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry)
        self._seconds = Histogram(
            "conduyt_http_request_seconds", "Time to answer.", ["method", "route"], registry=self._registry, buckets=_BUCKETS
        )

    def observe(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count one answered request."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, status).inc()
        self._seconds.labels(known, route).observe(seconds)

    def text(self) -> bytes:
        """Return the numbers as Prometheus reads them."""
        return prometheus_client.generate_latest(self._shown)
