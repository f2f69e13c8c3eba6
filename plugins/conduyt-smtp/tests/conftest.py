import threading
from collections.abc import Iterator

import pytest

from .mail_server import MailServer
from .scripted_server import Script


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    server = MailServer(tmp_path_factory.mktemp("authority"))
    yield server
    server.stop()


@pytest.fixture
def server(running_server: MailServer) -> MailServer:
    running_server.reset()
    return running_server


@pytest.fixture
def script() -> Iterator[Script]:
    with Script() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
