"""The contract of a storage backend, as a pytest class to subclass.

Example, in a backend's own tests::

    class TestAcmeStorage(StorageContract):
        @pytest.fixture(scope="class")
        @classmethod
        def storage_factory(cls):
            def make(specs):
                storage = AcmeStorage("acme://localhost/" + fresh_database())
                storage.prepare(specs)
                create_tables(storage)
                return storage

            return make

The areas are classes of their own, to be read one by one; what they hold a backend to is said in `conduyt_kit.ports.storage`.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.transactions import Storage
from conduyt_kit.testing.contracts.storage_changes import Changes
from conduyt_kit.testing.contracts.storage_conditions import Conditions
from conduyt_kit.testing.contracts.storage_entities import SPECS
from conduyt_kit.testing.contracts.storage_jobs import Claiming, Purging, remove_jobs
from conduyt_kit.testing.contracts.storage_numbers import Aggregates, Sequences, Totals
from conduyt_kit.testing.contracts.storage_pages import Order, Pages
from conduyt_kit.testing.contracts.storage_refusals import References, Uniqueness
from conduyt_kit.testing.contracts.storage_relations import Relations
from conduyt_kit.testing.contracts.storage_round_trips import RoundTrips
from conduyt_kit.testing.contracts.storage_search import Search
from conduyt_kit.testing.contracts.storage_tenancy import Locating, Tenancy
from conduyt_kit.testing.contracts.storage_transactions import Locks, Transactions
from conduyt_kit.testing.contracts.storage_workspace import Workspace

StorageFactory = Callable[[Sequence[EntitySpec[Any]]], Storage]


class StorageContract(
    RoundTrips,
    Changes,
    Uniqueness,
    References,
    Conditions,
    Search,
    Order,
    Pages,
    Relations,
    Totals,
    Aggregates,
    Sequences,
    Transactions,
    Locks,
    Tenancy,
    Locating,
    Claiming,
    Purging,
):
    """Every promise of the storage port. Override `storage_factory`; set `TRY_LOCK` to False where it does not apply."""

    TRY_LOCK: ClassVar[bool] = True
    """Whether ``lock(wait=False)`` answers at once while another transaction holds the lock; a backend with one writer may wait."""

    @pytest.fixture(scope="class")
    @classmethod
    def storage_factory(cls) -> StorageFactory:
        """Return a function that makes a fresh, empty, prepared storage for the given specs. Of class scope or wider."""
        pytest.fail("Override the fixture storage_factory: see the docstring of conduyt_kit.testing.contracts.storage")

    @pytest.fixture(scope="class")
    @classmethod
    def storage(cls, storage_factory: StorageFactory) -> Iterator[Storage]:
        """Give the storage that the tests of the class share; each works in workspaces of its own."""
        storage = storage_factory(SPECS)
        yield storage
        storage.close()

    @pytest.fixture
    def here(self, storage: Storage) -> Iterator[Workspace]:
        yield from _fresh_workspace(storage)

    @pytest.fixture
    def elsewhere(self, storage: Storage) -> Iterator[Workspace]:
        yield from _fresh_workspace(storage)

    @pytest.fixture
    def try_lock(self) -> bool:
        return self.TRY_LOCK

    @pytest.fixture
    def idle_storage(self, storage: Storage) -> Storage:
        """Give the storage without any jobs, for what looks across workspaces."""
        remove_jobs(storage)
        return storage


def _fresh_workspace(storage: Storage) -> Iterator[Workspace]:
    workspace = Workspace(storage, f"ws_{secrets.token_hex(6)}")
    yield workspace
    workspace.close()
