from collections.abc import Sequence
from typing import Any

import pytest

from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import SpecError, StorageUnavailable, UniqueViolation
from conduyt_kit.kernel.query import EVERYTHING
from conduyt_kit.testing.contracts.storage import StorageContract, StorageFactory
from conduyt_kit.testing.contracts.storage_entities import PORT, SHIP, Port
from conduyt_kit.testing.contracts.storage_overlaps import NoOverlaps


def prepared(specs: Sequence[EntitySpec[Any]], lock_timeout: float = 10.0) -> MemoryStorage:
    storage = MemoryStorage(lock_timeout=lock_timeout)
    storage.prepare(specs)
    return storage


class TestMemoryStorage(StorageContract, NoOverlaps):
    @pytest.fixture(scope="class")
    @classmethod
    def storage_factory(cls) -> StorageFactory:
        return prepared


def test_after_a_failed_change_nothing_but_rollback_is_accepted() -> None:
    transaction = prepared([PORT]).begin("ws", write=True)
    transaction.insert([(PORT, Port(id="a", name="A"))])
    with pytest.raises(UniqueViolation):
        transaction.insert([(PORT, Port(id="a", name="again"))])

    with pytest.raises(RuntimeError, match="can only be rolled back"):
        transaction.get(PORT, "a")
    with pytest.raises(RuntimeError, match="can only be rolled back"):
        transaction.insert([(PORT, Port(id="b", name="B"))])


def test_a_failed_commit_frees_the_write_lock() -> None:
    storage = prepared([PORT], lock_timeout=0.01)
    failed = storage.begin("ws", write=True)
    with pytest.raises(ValueError, match="cannot be null"):
        failed.update(PORT, "a", {"name": None})
    with pytest.raises(RuntimeError, match="rolled back"):
        failed.commit()

    assert storage.begin("ws", write=True).next_number("n") == 1


def test_a_forgotten_write_transaction_is_explained_to_the_next_one() -> None:
    storage = prepared([PORT], lock_timeout=0.01)
    forgotten = storage.begin("ws", write=True)
    forgotten.next_number("n")

    with pytest.raises(StorageUnavailable, match="commit it or roll it back"):
        storage.begin("ws", write=True).next_number("n")
    forgotten.rollback()

    assert storage.begin("ws", write=True).next_number("n") == 1


def test_an_entity_that_was_not_prepared_is_an_error() -> None:
    transaction = prepared([PORT]).begin("ws", write=True)

    with pytest.raises(SpecError, match="not prepared for the entity 'ship'"):
        transaction.count(SHIP, EVERYTHING)


def test_a_key_cannot_change() -> None:
    transaction = prepared([PORT]).begin("ws", write=True)
    transaction.insert([(PORT, Port(id="a", name="A"))])

    with pytest.raises(ValueError, match="key of a port cannot change"):
        transaction.update(PORT, "a", {"id": "b"})
