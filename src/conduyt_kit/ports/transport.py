"""The port for serving the API: what a transport plugin is given, and what it must do with it.

A transport turns each of `Kit.endpoints` into a route, hands requests to the compiled responders (`Kit.responders`) and sends their
replies. It owns what is its protocol's business: reading bodies within limits, addresses, headers, CORS, access logs.
"""

from typing import Any, Protocol

from conduyt_kit.kernel.environment import Port


class Transport(Protocol):
    """Serves a kit's endpoints."""

    def application(self) -> Any:
        """Return the callable that a server of the protocol runs (a WSGI application, for example)."""

    def serve(self, *, host: str, port: int, workers: int | None) -> None:
        """Serve until SIGTERM or SIGINT, then finish running requests and return; `workers` is chosen by the storage if ``None``."""


TRANSPORT: Port[Transport] = Port("transport", "how the API is served")
