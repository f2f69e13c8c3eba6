import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit.kernel.errors import SettingsError, StorageUnavailable
from conduyt_sqlalchemy import SqlStorage

from .entities import BOAT, HARBOUR, Boat


def put(storage: SqlStorage, *records: Boat) -> None:
    transaction = storage.begin("w", write=True)
    try:
        transaction.insert([(BOAT, record) for record in records])
        transaction.commit()
    finally:
        transaction.rollback()


def boat_ids(storage: SqlStorage) -> set[str]:
    reading = storage.begin("w", write=False)
    try:
        return set(reading.get_many(BOAT, [f"{n}" for n in range(200)]))
    finally:
        reading.rollback()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://root@localhost/x", "nonsense", "postgresql+asyncpg:/"])
def test_a_database_that_is_not_supported_is_refused_with_the_forms_that_are(url: str) -> None:
    with pytest.raises(SettingsError, match="sqlite:////path/to/file"):
        SqlStorage(url)


def test_a_missing_table_names_the_remedy(tmp_path: Path) -> None:
    storage = SqlStorage(f"sqlite:///{tmp_path}/empty.db")
    storage.prepare(HARBOUR)

    with pytest.raises(StorageUnavailable, match="conduyt db upgrade"):
        storage.check()
    reading = storage.begin("w", write=False)
    with pytest.raises(StorageUnavailable, match="conduyt db upgrade"):
        reading.get(BOAT, "b")
    reading.rollback()
    storage.close()


def test_an_unreachable_server_is_unavailable() -> None:
    storage = SqlStorage("postgresql+psycopg://nobody@127.0.0.1:9/none")
    storage.prepare(HARBOUR)

    with pytest.raises(StorageUnavailable, match="check that it runs"):
        storage.check()


def test_a_pool_that_is_used_up_names_the_setting(make_sqlite: Any) -> None:
    storage = make_sqlite(HARBOUR, pool_size=1, pool_timeout=0.05)
    held = storage.begin("w", write=False)
    held.get(BOAT, "b")

    with pytest.raises(StorageUnavailable, match="pool_size"):
        storage.begin("w", write=False).get(BOAT, "b")

    held.rollback()
    assert boat_ids(storage) == set()


@pytest.mark.service
def test_a_connection_that_broke_in_the_pool_is_replaced_unnoticed(make_postgres: Any) -> None:
    storage = make_postgres(HARBOUR)
    put(storage, Boat(id="1", name="One"))
    for write in (False, True):
        _break_connections(storage)
        transaction = storage.begin("w", write=write)
        assert transaction.get(BOAT, "1") == Boat(id="1", name="One")
        transaction.rollback()
    storage.close()


@pytest.mark.service
def test_a_connection_that_breaks_inside_a_transaction_is_never_replaced(make_postgres: Any) -> None:
    storage = make_postgres(HARBOUR)
    transaction = storage.begin("w", write=True)
    transaction.insert([(BOAT, Boat(id="1", name="One"))])
    _break_connections(storage)

    with pytest.raises(StorageUnavailable):
        transaction.insert([(BOAT, Boat(id="2", name="Two"))])
    with pytest.raises(RuntimeError):
        transaction.commit()

    assert boat_ids(storage) == set()
    storage.close()


def _break_connections(storage: SqlStorage) -> None:
    import psycopg

    with psycopg.connect(storage.options.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'conduyt'"
        )


def test_nothing_of_an_open_transaction_stays_on_a_connection(make_storage: Any) -> None:
    storage = make_storage(HARBOUR, pool_size=1)
    transaction = storage.begin("w", write=True)
    transaction.insert([(BOAT, Boat(id="1", name="One"))])
    transaction.lock("a lock")
    transaction.rollback()

    put(storage, Boat(id="2", name="Two"))

    assert boat_ids(storage) == {"2"}
    storage.close()


@pytest.mark.service
def test_prepared_statements_survive_reads_and_commits(make_postgres: Any) -> None:
    storage = make_postgres(HARBOUR, pool_size=1)
    put(storage, Boat(id="1", name="One"))
    for _ in range(12):
        boat_ids(storage)
    put(storage, Boat(id="2", name="Two"))

    session = storage.begin("w", write=False)._session
    prepared = {row[0] for row in session.rows("SELECT statement FROM pg_prepared_statements")}
    session.end()

    assert any('FROM "boat" AS t WHERE' in text for text in prepared)
    storage.close()


@pytest.mark.service
def test_searches_are_never_prepared_so_that_their_plan_fits_the_words(make_postgres: Any) -> None:
    from conduyt_kit.kernel.query import EVERYTHING

    storage = make_postgres(HARBOUR, pool_size=1)
    reading = storage.begin("w", write=False)
    for _ in range(12):
        reading.count(BOAT, EVERYTHING, search="one")

    prepared = {row[0] for row in reading._session.rows("SELECT statement FROM pg_prepared_statements")}
    reading.rollback()

    assert not any("search_text" in text for text in prepared)
    storage.close()


def test_a_second_writer_waits_for_the_first_also_from_another_process(make_sqlite: Any) -> None:
    storage = make_sqlite(HARBOUR)
    other = sqlite3.connect(storage.options.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    writer = threading.Thread(target=put, args=(storage, Boat(id="1", name="One")))
    writer.start()
    time.sleep(0.05)
    assert boat_ids(storage) == set()

    other.execute("COMMIT")
    writer.join()

    assert boat_ids(storage) == {"1"}
    other.close()
    storage.close()


def test_a_write_transaction_keeps_other_writers_out_from_its_first_read_on(make_sqlite: Any) -> None:
    storage = make_sqlite(HARBOUR)
    transaction = storage.begin("w", write=True)
    transaction.get(BOAT, "1")
    other = sqlite3.connect(storage.options.url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")

    transaction.rollback()
    other.execute("BEGIN IMMEDIATE")
    other.close()
    storage.close()


def test_a_writer_that_waits_too_long_is_told_so(make_sqlite: Any) -> None:
    storage = make_sqlite(HARBOUR, busy_timeout=0.05)
    first = storage.begin("w", write=True)
    first.insert([(BOAT, Boat(id="1", name="One"))])

    with pytest.raises(StorageUnavailable, match="locked"):
        put(storage, Boat(id="2", name="Two"))

    first.commit()
    assert boat_ids(storage) == {"1"}
    storage.close()


def test_the_database_file_is_set_up_for_durability(make_sqlite: Any) -> None:
    storage = make_sqlite(HARBOUR)
    session = storage.begin("w", write=True)._session
    pragmas = {name: session.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")}
    session.end()

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
    storage.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_uses_connections_of_its_own(make_storage: Any) -> None:
    storage = make_storage(HARBOUR)
    put(storage, Boat(id="0", name="Before"))
    open_in_parent, idle_in_pool = storage.begin("w", write=False), storage.begin("w", write=False)
    open_in_parent.get(BOAT, "0")
    idle_in_pool.get(BOAT, "0")
    idle_in_pool.rollback()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for number in range(1, 20):
                put(storage, Boat(id=str(number), name="Child"))
            storage.close()
            status = 0
        finally:
            os._exit(status)
    for number in range(100, 120):
        put(storage, Boat(id=str(number), name="Parent"))
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert open_in_parent.get(BOAT, "0") == Boat(id="0", name="Before")
    open_in_parent.rollback()
    assert boat_ids(storage) == {str(number) for number in [*range(20), *range(100, 120)]}
    storage.close()
