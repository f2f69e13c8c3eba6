"""Contract, for backends that enforce `NoOverlap` by themselves: no two records claim the same time, on every way in.

It is no part of `StorageContract`, since features check under a lock and a backend with one writer needs no more than that. A backend
that has the rule adds it: ``class TestAcmeStorage(StorageContract, NoOverlaps)``.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from conduyt_kit.kernel.errors import Conflict, Contention, OverlapViolation
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.transactions import Transaction
from conduyt_kit.testing.contracts.storage_entities import EPOCH, MOORING, Mooring, Port
from conduyt_kit.testing.contracts.storage_workspace import Workspace, in_threads


def mooring(id: str, start: int, end: int | None, **more: Any) -> Mooring:
    """Return a claim on the berth of port ``p``, in hours from the epoch."""
    ends_at = None if end is None else _hour(end)
    return Mooring(**{"id": id, "port_id": "p", "starts_at": _hour(start), "ends_at": ends_at, **more})


def _hour(number: int) -> dt.datetime:
    return EPOCH + dt.timedelta(hours=number)


OVERLAPPING: dict[str, Callable[[Transaction], Any]] = {
    "insert": lambda tx: tx.insert([(MOORING, mooring("new", 1, 3))]),
    "insert of the same span": lambda tx: tx.insert([(MOORING, mooring("new", 0, 2))]),
    "insert inside": lambda tx: tx.insert([(MOORING, mooring("new", 1, 2))]),
    "insert around": lambda tx: tx.insert([(MOORING, mooring("new", -1, 3))]),
    "two in a batch": lambda tx: tx.insert([(MOORING, mooring("new", 20, 22)), (MOORING, mooring("newer", 21, 23))]),
    "insert_missing": lambda tx: tx.insert_missing(MOORING, [mooring("new", 1, 3)]),
    "upsert": lambda tx: tx.upsert(MOORING, mooring("new", 1, 3), by=["id"], update=["starts_at"]),
    "upsert of an existing row": lambda tx: tx.upsert(MOORING, mooring("b", 1, 6), by=["id"], update=["starts_at"]),
    "moving": lambda tx: tx.update(MOORING, "b", {"starts_at": _hour(1)}),
    "moving elsewhere": lambda tx: tx.update(MOORING, "elsewhere", {"port_id": "p"}),
    "claiming again": lambda tx: tx.update(MOORING, "cancelled", {"status": "booked"}),
    "update_where": lambda tx: tx.update_where(MOORING, where(status="cancelled"), {"status": "booked"}),
}

APART: dict[str, Mooring] = {
    "touching the end": mooring("new", 2, 4),
    "touching the start": mooring("new", -1, 0),
    "another port": mooring("new", 0, 2, port_id="q"),
    "cancelled": mooring("new", 0, 2, status="cancelled"),
    "no end": mooring("new", 0, None),
    "no port": mooring("new", 0, 2, port_id=None),
    "no length": mooring("new", 1, 1),
}


class NoOverlaps:
    """The rule that no two records claim the same time."""

    @pytest.fixture
    def moored(self, here: Workspace) -> Workspace:
        here.put(Port(id="p", name="P"), Port(id="q", name="Q"), mooring("a", 0, 2), mooring("b", 4, 6))
        here.put(mooring("elsewhere", 0, 2, port_id="q"), mooring("cancelled", 1, 3, status="cancelled"))
        return here

    @pytest.mark.parametrize("attempt", OVERLAPPING.values(), ids=OVERLAPPING)
    def test_overlapping_claims_are_refused(self, moored: Workspace, attempt: Callable[[Transaction], Any]) -> None:
        with moored.unchanged(), pytest.raises(OverlapViolation) as caught:
            moored.do(attempt)

        assert caught.value.entity == "mooring"

    @pytest.mark.parametrize("record", APART.values(), ids=APART)
    def test_other_claims_are_taken(self, here: Workspace, record: Mooring) -> None:
        here.put(Port(id="p", name="P"), Port(id="q", name="Q"), mooring("a", 0, 2))
        here.put(record)

        assert here.get(MOORING, "new") == record

    def test_a_claim_may_be_moved_over_its_own_time(self, moored: Workspace) -> None:
        with moored.write() as writing:
            assert writing.update(MOORING, "b", {"starts_at": _hour(5), "ends_at": _hour(7)})

        assert moored.get(MOORING, "b") == mooring("b", 5, 7)

    def test_time_is_free_again_after_a_change_or_delete(self, moored: Workspace) -> None:
        with moored.write() as writing:
            writing.update(MOORING, "a", {"status": "cancelled"})
            writing.delete(MOORING, ["b"])
            writing.insert([(MOORING, mooring("new", 0, 6))])

        assert moored.get(MOORING, "new") == mooring("new", 0, 6)

    def test_another_workspace_has_berths_of_its_own(self, moored: Workspace, elsewhere: Workspace) -> None:
        elsewhere.put(Port(id="p", name="P"), mooring("a", 0, 2))

        assert elsewhere.ids(MOORING) == ["a"]

    def test_one_of_eight_simultaneous_claims_wins(self, here: Workspace) -> None:
        here.put(Port(id="p", name="P"))

        def claim(number: int) -> bool:
            try:
                here.put(mooring(f"m{number}", number, number + 8))
            except (OverlapViolation, Conflict, Contention):
                # Where claims wait for each other, a database may break the circle by giving up on one of them.
                return False
            return True

        won = in_threads(8, claim)

        assert won.count(True) == 1
        assert here.ids(MOORING) == [f"m{won.index(True)}"]
