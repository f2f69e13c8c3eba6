from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from .twilio_peer import TwilioBench


@pytest.fixture(scope="session")
def running_peer() -> Iterator[HTTPServer]:
    # A fixed port, because the tests stop the server and start it again.
    with HTTPServer(host="127.0.0.1", port=_free_port(), threaded=True) as server:
        yield server


@pytest.fixture
def twilio(running_peer: HTTPServer) -> Iterator[TwilioBench]:
    running_peer.clear()
    bench = TwilioBench(running_peer)
    yield bench
    bench.close()
    if not running_peer.is_running():
        running_peer.start()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
