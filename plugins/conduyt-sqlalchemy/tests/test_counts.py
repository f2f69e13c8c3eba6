import threading
from collections.abc import Iterator
from typing import Any

import pytest

from conduyt_kit.kernel.query import EVERYTHING, query
from conduyt_sqlalchemy import SqlStorage, migrate

from .entities import HARBOUR, QUAY, Quay


@pytest.fixture(scope="module")
def storage(make_storage: Any) -> Iterator[SqlStorage]:
    made = make_storage(HARBOUR, pool_size=8)
    yield made
    made.close()


def add(storage: SqlStorage, workspace: str, *ids: str) -> None:
    transaction = storage.begin(workspace, write=True)
    transaction.insert([(QUAY, Quay(id=name, name=name)) for name in ids])
    transaction.commit()


def total(storage: SqlStorage, workspace: str) -> int | None:
    reading = storage.begin(workspace, write=False)
    try:
        return reading.find(QUAY, query(QUAY, limit=1, total=True)).total
    finally:
        reading.rollback()


def test_several_batches_in_one_transaction_are_all_counted(storage: SqlStorage) -> None:
    transaction = storage.begin("batches", write=True)
    for number in range(3):
        transaction.insert([(QUAY, Quay(id=str(number), name="Q"))])
        assert transaction.count(QUAY, EVERYTHING) == number + 1
    transaction.delete(QUAY, ["0"])
    assert transaction.count(QUAY, EVERYTHING) == 2
    transaction.commit()

    assert total(storage, "batches") == 2


def test_writers_of_one_workspace_lose_no_count(storage: SqlStorage) -> None:
    def work(worker: int) -> None:
        for number in range(10):
            add(storage, "busy", f"{worker}-{number}")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert total(storage, "busy") == 60


def test_a_recount_puts_right_what_was_changed_around_the_storage(storage: SqlStorage) -> None:
    add(storage, "around", "a", "b", "c")
    add(storage, "untouched", "a")
    session = storage.begin("around", write=True)._session
    session.execute("DELETE FROM quay WHERE workspace_id = 'around' AND id = 'a'")
    session.commit()
    assert total(storage, "around") == 3

    migrate.recount(storage)

    assert (total(storage, "around"), total(storage, "untouched")) == (2, 1)
