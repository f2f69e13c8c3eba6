"""Making dramatiq brokers: each kit has its own, none is global, none retries or delays messages.

dramatiq's own retries and delayed messages are left out because they lose and duplicate messages when the broker fails at the wrong
moment (Bogdanp/dramatiq#431, #545, #827); attempts, delays and dead jobs live in the jobs table.
"""

from typing import Any
from urllib.parse import urlsplit

import dramatiq
from dramatiq.brokers.stub import StubBroker

from conduyt_kit.kernel.errors import Unavailable

CONNECT_TIMEOUT = 2.0
_ANSWER_TIMEOUT = 5.0
_HEARTBEAT_MS = 30_000


def local_broker() -> dramatiq.Broker:
    """Return a broker in the memory of this process."""
    return StubBroker(middleware=[])


def remote_broker(url: str) -> dramatiq.Broker:
    """Return a broker on Redis or RabbitMQ. Opens no connection."""
    return _rabbitmq(url) if url.startswith("amqp") else _redis(url)


def ping(broker: dramatiq.Broker, url: str) -> None:
    """Ask the server behind a broker for a sign of life.

    Raises:
        Unavailable: it gave none within a few seconds.
    """
    try:
        if url.startswith("amqp"):
            _ping_rabbitmq(url)
        else:
            broker.client.ping()  # type: ignore[attr-defined]
    except Exception as error:
        raise Unavailable(
            f"The broker at {address(url)} does not answer ({type(error).__name__}: {error}); jobs run at the next sweep until it does"
        ) from error


def address(url: str) -> str:
    """Return host and port of a broker URL, without its credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _redis(url: str) -> dramatiq.Broker:
    import redis
    from dramatiq.brokers.redis import RedisBroker

    client: Any = redis.Redis.from_url(
        url, socket_connect_timeout=CONNECT_TIMEOUT, socket_timeout=_ANSWER_TIMEOUT, health_check_interval=30
    )
    # By default a dead process's messages are looked for by one command in a thousand, which may take hours on a quiet server.
    make: Any = RedisBroker
    broker: dramatiq.Broker = make(
        client=client, middleware=[], namespace="conduyt", maintenance_chance=1_000_000, heartbeat_timeout=_HEARTBEAT_MS
    )
    return broker


def _rabbitmq(url: str) -> dramatiq.Broker:
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    # Without confirms, a message for a queue that is gone vanishes and the queue is never declared again.
    return RabbitmqBroker(url=url, middleware=[], confirm_delivery=True)


def _ping_rabbitmq(url: str) -> None:
    import pika  # type: ignore[import-untyped]

    parameters = pika.URLParameters(url)
    parameters.socket_timeout = CONNECT_TIMEOUT
    parameters.stack_timeout = _ANSWER_TIMEOUT
    pika.BlockingConnection(parameters).close()
