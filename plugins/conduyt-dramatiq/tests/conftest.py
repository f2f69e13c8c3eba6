import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest

from conduyt_dramatiq.plugin import DramatiqPlugin
from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kit import Kit
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.testing import services
from conduyt_kit.testing.contracts.jobs_domain import WorkPlugin

REDIS_DATABASE = 11
"""The database that the tests may flush."""


@attrs.frozen
class Server:
    """A broker that the tests may wipe."""

    url: str
    queue: str
    wipe: Callable[[], None]
    waiting: Callable[[], int]


@pytest.fixture
def redis_server() -> Iterator[Server]:
    import redis

    url = urlsplit(services.redis_url())._replace(path=f"/{REDIS_DATABASE}").geturl()
    client: Any = redis.Redis.from_url(url)
    queue = f"test_{secrets.token_hex(4)}"
    yield Server(url, queue, client.flushdb, lambda: client.llen(f"conduyt:{queue}"))
    client.delete(*client.keys("conduyt:*") or ["none"])
    client.close()


def _delete(queue: str, channel: Any) -> None:
    channel.queue_delete(queue)


@pytest.fixture
def rabbitmq_server() -> Iterator[Server]:
    import pika  # type: ignore[import-untyped]

    url = services.rabbitmq_url()
    queue = f"test_{secrets.token_hex(4)}"

    def with_channel(work: Callable[[Any], Any]) -> Any:
        connection = pika.BlockingConnection(pika.URLParameters(url))
        try:
            return work(connection.channel())
        finally:
            connection.close()

    def waiting() -> int:
        try:
            return int(with_channel(lambda channel: channel.queue_declare(queue, passive=True).method.message_count))
        except pika.exceptions.ChannelClosedByBroker:
            return 0

    yield Server(url, queue, lambda: with_channel(lambda channel: channel.queue_purge(queue)), waiting)
    for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
        with_channel(partial(_delete, name))


@pytest.fixture(params=["redis", "rabbitmq"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


MakeKit = Callable[..., Kit]


@pytest.fixture
def make_kit(storage: MemoryStorage) -> Iterator[MakeKit]:
    """Return a function that makes a kit on the storage shared by the test's kits, as processes share a database."""
    kits: list[Kit] = []

    def make(*jobs: JobSpec, **broker: Any) -> Kit:
        shared = ProviderSpec(port=STORAGE, name="shared", make=lambda _: storage)
        kits.append(Kit.build({"broker": broker, "features": ["work"]}, plugins=[WorkPlugin(jobs, [shared]), DramatiqPlugin()]))
        return kits[-1]

    yield make
    for kit in kits:
        kit.stop()
