import datetime as dt
import socket
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from conduyt_kit.kernel.clock import FrozenClock

from .stripe_peer import StripeBench


@pytest.fixture(scope="session")
def running_peer() -> Iterator[HTTPServer]:
    # A fixed port, because the tests stop the server and start it again.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with HTTPServer(host="127.0.0.1", port=port, threaded=True) as server:
        yield server


@pytest.fixture
def account(running_peer: HTTPServer) -> Iterator[StripeBench]:
    bench = StripeBench(running_peer, FrozenClock(dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)))
    yield bench
    bench.billing.close()
    if not running_peer.is_running():
        running_peer.start()
