from typing import Any

import pytest

from conduyt_kit.testing.contracts.storage import StorageContract, StorageFactory


class TestSqliteStorage(StorageContract):
    TRY_LOCK = False

    @pytest.fixture(scope="class")
    @classmethod
    def storage_factory(cls, make_sqlite: Any) -> StorageFactory:
        return lambda specs: make_sqlite(specs, pool_size=16)


@pytest.mark.service
class TestPostgresStorage(StorageContract):
    @pytest.fixture(scope="class")
    @classmethod
    def storage_factory(cls, make_postgres: Any) -> StorageFactory:
        return lambda specs: make_postgres(specs, pool_size=16)
