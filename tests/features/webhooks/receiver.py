"""A real HTTP receiver on a thread of its own, and a kit that may call it."""

import datetime as dt
import http.server
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import time_machine
from standardwebhooks import Webhook as Verifier

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import Clock
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.sales import made


class Taken(NamedTuple):
    """A request as the receiver got it; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Answering(NamedTuple):
    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b"ok"


Behaviour = Callable[[Taken, socket.socket], Answering | None]
"""Says what to answer; ``None`` where it has done something to the connection itself."""


class Receiver:
    """What was taken, and how to behave."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hook"
        self.taken: list[Taken] = []
        self.behave: Behaviour = lambda taken, connection: Answering()

    def answer(self, status: int, **headers: str) -> None:
        self.behave = lambda taken, connection: Answering(status, {name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken = Taken(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.taken.append(taken)
            answering = receiver.behave(taken, self.connection)
            if answering is None:
                return
            self.send_response(answering.status)
            for name, value in answering.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answering.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def calling_kit(folder: Path, clock: Clock | None, **webhooks: Any) -> Iterator[Kit]:
    """Yield a kit that may call receivers on this machine."""
    settings = {
        "rate_limit": "off",
        "providers": {"authentication": "test"},
        "webhooks": {"allow_private_networks": True, "timeout": 0.5, **webhooks},
    }
    with storage_plugins(folder) as plugins, Kit.build(settings, plugins=[TestAuthPlugin(), *plugins], clock=clock) as kit:
        yield kit


def register(api: Api, receiver: Receiver, *events: str, **more: Any) -> dict[str, Any]:
    """Register a webhook and return it with its secret."""
    return made(api, "/webhooks", {"url": receiver.url, "events": list(events or ("custom.ping",))}, **more)


def fire(api: Api, event: str = "custom.ping", **payload: Any) -> dict[str, Any]:
    status, body = api.post("/automations/events", {"event": event, "payload": payload})
    assert status == 202, body
    assert isinstance(body, dict)
    return body


def deliveries(api: Api, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the deliveries to a webhook as the API lists them, newest first."""
    found = api.get(f"/webhooks/{webhook['id']}/deliveries?limit=100").body["data"]
    assert isinstance(found, list)
    return found


def verified(secret: str, taken: Taken, at: dt.datetime) -> Any:
    """Return the document that the public library of the specification finds in a request, received at that time.

    Raises:
        WebhookVerificationError: it takes the request for forged or old.
    """
    with time_machine.travel(at, tick=False):
        return Verifier(secret).verify(taken.body, taken.headers)
