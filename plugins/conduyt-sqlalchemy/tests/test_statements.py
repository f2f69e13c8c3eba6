from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from conduyt_kit.kernel.query import EVERYTHING, Compare, Op, Related, query, where
from conduyt_sqlalchemy import SqlStorage

from .entities import BOAT, CRATE, HARBOUR, MOORING, QUAY, Boat, Crate, Mooring, Quay


@attrs.define
class Counted:
    """A storage whose statements are written down."""

    storage: SqlStorage
    statements: list[str]

    def during(self, work: Callable[[Any], Any], *, write: bool) -> list[str]:
        self.statements.clear()
        transaction = self.storage.begin("w", write=write)
        try:
            work(transaction)
            transaction.commit()
        finally:
            transaction.rollback()
        return list(self.statements)


@pytest.fixture(scope="module")
def counted(make_storage: Any) -> Iterator[Counted]:
    statements: list[str] = []
    storage = make_storage(HARBOUR, on_statement=statements.append)
    found = Counted(storage, statements)
    found.during(
        lambda tx: tx.insert(
            [
                (QUAY, Quay(id="q", name="North")),
                *((BOAT, Boat(id=f"b{n}", name=f"Boat {n}", plate=f"P{n}")) for n in range(30)),
                *((MOORING, Mooring(boat_id=f"b{n}", quay_id="q")) for n in range(30)),
            ]
        ),
        write=True,
    )
    yield found
    storage.close()


def test_reading_a_record_is_one_statement(counted: Counted) -> None:
    assert len(counted.during(lambda tx: tx.get(BOAT, "b1"), write=False)) == 1


def test_reading_many_records_is_one_statement(counted: Counted) -> None:
    assert len(counted.during(lambda tx: tx.get_many(BOAT, [f"b{n}" for n in range(5_000)]), write=False)) == 1


def test_a_list_with_relations_counts_and_exact_total_is_one_statement(counted: Counted) -> None:
    page = query(BOAT, limit=10, include=["quays", "quay_id"], counts=["crates"], total=True)

    assert len(counted.during(lambda tx: tx.find(BOAT, page), write=False)) == 1


@pytest.mark.parametrize(
    ("search", "condition"),
    [("boat", EVERYTHING), (None, Compare("name", Op.GT, "Boat")), (None, Related("quays", where(id="q")))],
    ids=["searched", "filtered", "by relation"],
)
def test_a_narrowed_list_takes_one_statement_more_for_its_total(counted: Counted, search: str | None, condition: Any) -> None:
    page = query(BOAT, condition, search=search, limit=10, include=["quays"], total=True)

    assert len(counted.during(lambda tx: tx.find(BOAT, page), write=False)) == 2


def test_the_last_page_of_a_narrowed_list_tells_its_total_itself(counted: Counted) -> None:
    page = query(BOAT, Compare("name", Op.GT, "Boat"), limit=10, offset=25, total=True)

    assert len(counted.during(lambda tx: tx.find(BOAT, page), write=False)) == 1


def test_creating_a_record_with_what_goes_along_takes_few_statements(counted: Counted) -> None:
    batch = [(BOAT, Boat(id="new", name="New")), (CRATE, Crate(id="c1", boat_id="new")), (QUAY, Quay(id="q2", name="South"))]

    statements = counted.during(lambda tx: tx.insert(batch), write=True)

    if counted.storage.dialect == "postgresql":
        assert [text.split(" ", 1)[0] for text in statements] == ["BEGIN", "WITH", "COMMIT"]
    else:
        # One per table, one for the full-text table, one for the row numbers.
        assert len(statements) == 2 + 3 + 1 + 1


def test_the_number_of_rows_does_not_make_new_shapes_of_statements(counted: Counted) -> None:
    def adding(first: int, number: int) -> Callable[[Any], None]:
        return lambda tx: tx.insert([(QUAY, Quay(id=f"many{first}-{n}", name="Q")) for n in range(number)])

    assert counted.during(adding(1, 2), write=True) == counted.during(adding(2, 77), write=True)


def test_changing_a_field_that_is_not_searched_is_one_statement(counted: Counted) -> None:
    statements = counted.during(lambda tx: tx.update(BOAT, "b1", {"owner": "Kim"}, expected=where(name="Boat 1")), write=True)

    assert len(statements) == 2 + 1


def test_a_write_transaction_that_does_nothing_says_nothing(counted: Counted) -> None:
    assert counted.during(lambda tx: None, write=True) == []
