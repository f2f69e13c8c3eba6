from typing import Any

import pytest

from conduyt_kit.testing.contracts.storage import StorageContract, StorageFactory
from conduyt_kit.testing.contracts.storage_overlaps import NoOverlaps


class TestSqliteStorage(StorageContract):
    TRY_LOCK = False

    @pytest.fixture(scope="class")
    @classmethod
    def storage_factory(cls, make_sqlite: Any) -> StorageFactory:
        return lambda specs: make_sqlite(specs, pool_size=16)


@pytest.mark.service
class TestPostgresStorage(StorageContract, NoOverlaps):
    @pytest.fixture(scope="class")
    @classmethod
    def storage_factory(cls, make_postgres: Any) -> StorageFactory:
        return lambda specs: make_postgres(specs, pool_size=16)

    @pytest.fixture(autouse=True)
    def needs_btree_gist(self, request: pytest.FixtureRequest, storage: Any) -> None:
        if request.function.__qualname__.startswith("NoOverlaps.") and not storage.has_extension("btree_gist"):
            pytest.skip("this PostgreSQL does not ship btree_gist")
