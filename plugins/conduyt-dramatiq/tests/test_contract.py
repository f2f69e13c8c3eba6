import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conduyt_dramatiq.plugin import DramatiqPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kit import Kit
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.testing import services
from conduyt_kit.testing.contracts.jobs import JobRunnerContract
from conduyt_kit.testing.contracts.jobs_domain import WorkPlugin
from conduyt_sqlalchemy import SqlStorage, create_tables


class TestInProcess(JobRunnerContract):
    @pytest.fixture
    def kit(self, make_kit: Any) -> Kit:
        kit: Kit = make_kit()
        return kit


@pytest.mark.service
class TestRedis(JobRunnerContract):
    @pytest.fixture
    def kit(self, redis_server: Any, make_kit: Any) -> Kit:
        kit: Kit = make_kit(url=redis_server.url, queue=redis_server.queue, sweep_interval=0.2)
        return kit


@pytest.mark.service
class TestRabbitMQ(JobRunnerContract):
    @pytest.fixture
    def kit(self, rabbitmq_server: Any, make_kit: Any) -> Kit:
        kit: Kit = make_kit(url=rabbitmq_server.url, queue=rabbitmq_server.queue, sweep_interval=0.2)
        return kit


@contextmanager
def sql_kit(url: str) -> Iterator[Kit]:
    storage = ProviderSpec(port=STORAGE, name="sql", make=lambda _: SqlStorage(url, pool_size=10))
    with Kit.build({"features": ["work"]}, plugins=[WorkPlugin(providers=[storage]), DramatiqPlugin()]) as kit:
        made = kit.provider(STORAGE)
        assert isinstance(made, SqlStorage)
        create_tables(made, tuple(kit.assembly.entities.values()))
        yield kit


class TestInProcessOnSqlite(JobRunnerContract):
    @pytest.fixture
    def kit(self, tmp_path: Path) -> Iterator[Kit]:
        with sql_kit(f"sqlite:///{tmp_path}/{secrets.token_hex(4)}.db") as kit:
            yield kit


@pytest.mark.service
class TestInProcessOnPostgres(JobRunnerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls) -> Iterator[str]:
        with services.postgres_url() as url:
            yield url

    @pytest.fixture
    def kit(self, url: str) -> Iterator[Kit]:
        with sql_kit(url) as kit:
            yield kit
