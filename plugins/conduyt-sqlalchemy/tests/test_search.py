import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from conduyt_kit.kernel.query import EVERYTHING, query
from conduyt_sqlalchemy import SqlStorage

from .entities import BOAT, HARBOUR, Boat


@pytest.fixture
def storage(make_sqlite: Any) -> Iterator[SqlStorage]:
    made = make_sqlite(HARBOUR)
    transaction = made.begin("w", write=True)
    transaction.insert([(BOAT, Boat(id=f"b{n}", name=f"Seabird {n:03}")) for n in range(50)])
    transaction.commit()
    yield made
    made.close()


def found(storage: SqlStorage, text: str) -> list[str]:
    reading = storage.begin("w", write=False)
    try:
        assert reading.count(BOAT, EVERYTHING, search=text) == len(reading.find(BOAT, query(BOAT, search=text)).items)
        return [boat.id for boat in reading.find(BOAT, query(BOAT, search=text, sort=["id"])).records]
    finally:
        reading.rollback()


def raw(storage: SqlStorage) -> sqlite3.Connection:
    return sqlite3.connect(storage.options.url.removeprefix("sqlite:///"), isolation_level=None)


def test_a_search_survives_vacuum_which_renumbers_rows(storage: SqlStorage) -> None:
    transaction = storage.begin("w", write=True)
    transaction.delete(BOAT, [f"b{n}" for n in range(0, 50, 2)])
    transaction.commit()
    connection = raw(storage)
    connection.execute("VACUUM")
    connection.close()

    assert found(storage, "bird 007") == ["b7"]
    assert found(storage, "bird 008") == []


def test_the_full_text_table_agrees_with_the_texts_after_every_kind_of_change(storage: SqlStorage) -> None:
    transaction = storage.begin("w", write=True)
    transaction.update(BOAT, "b1", {"name": "Falcon"})
    transaction.update_where(BOAT, EVERYTHING, {"owner": "Kim"})
    transaction.upsert(BOAT, Boat(id="b2", name="Heron"), by=["id"], update=["name"])
    transaction.upsert(BOAT, Boat(id="new", name="Osprey"), by=["id"], update=["name"])
    transaction.insert_missing(BOAT, [Boat(id="b3", name="not stored"), Boat(id="new2", name="Petrel")])
    transaction.delete(BOAT, ["b4"])
    transaction.commit()

    assert [found(storage, text) for text in ("falcon", "heron", "osprey", "petrel", "not stored", "bird 004")] == [
        ["b1"],
        ["b2"],
        ["new"],
        ["new2"],
        [],
        [],
    ]
    connection = raw(storage)
    connection.execute("INSERT INTO boat_fts (boat_fts, rank) VALUES ('integrity-check', 1)")
    connection.close()


def test_a_rolled_back_change_leaves_the_full_text_table_alone(storage: SqlStorage) -> None:
    transaction = storage.begin("w", write=True)
    transaction.update(BOAT, "b1", {"name": "Falcon"})
    transaction.rollback()

    assert found(storage, "falcon") == []
    assert found(storage, "bird 001") == ["b1"]


def test_three_letters_use_the_full_text_table(storage: SqlStorage) -> None:
    statements: list[str] = []
    storage._database.on_statement = statements.append
    reading = storage.begin("w", write=False)
    reading.count(BOAT, EVERYTHING, search="sea")
    plan = reading._session.rows(f"EXPLAIN QUERY PLAN {statements[0]}", ("w", '"sea"'))
    reading.rollback()

    assert any("boat_fts VIRTUAL TABLE INDEX" in row[3] for row in plan)


@pytest.mark.service
def test_three_letters_can_use_the_trigram_index(make_postgres: Any) -> None:
    storage = make_postgres(HARBOUR)
    if not storage.has_extension("pg_trgm"):
        pytest.skip("this PostgreSQL does not ship pg_trgm")
    session = storage.begin("w", write=True)._session
    session.execute("SET LOCAL enable_seqscan = off")
    plan = session.rows("EXPLAIN SELECT count(*) FROM boat AS t WHERE t.search_text LIKE '%sea%'")
    session.end()
    storage.close()

    assert any("ix_search_boat" in row[0] for row in plan)
