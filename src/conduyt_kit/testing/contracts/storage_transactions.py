"""Contract: transactions are atomic and isolated, and locks exclude."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from conduyt_kit.kernel.errors import ReferenceViolation, UniqueViolation
from conduyt_kit.kernel.query import EVERYTHING, Aggregate, Measure, query, where
from conduyt_kit.kernel.transactions import Storage, Transaction
from conduyt_kit.testing.contracts.storage_entities import CALL, PORT, SHIP, Call, Port, Ship
from conduyt_kit.testing.contracts.storage_workspace import Workspace, in_threads

WRITES: dict[str, Callable[[Transaction], Any]] = {
    "insert": lambda tx: tx.insert([(PORT, Port(id="new", name="N"))]),
    "insert_missing": lambda tx: tx.insert_missing(PORT, [Port(id="new", name="N")]),
    "upsert": lambda tx: tx.upsert(PORT, Port(id="a", name="N"), by=["id"], update=["name"]),
    "update": lambda tx: tx.update(PORT, "a", {"name": "N"}),
    "update_where": lambda tx: tx.update_where(PORT, EVERYTHING, {"name": "N"}),
    "delete": lambda tx: tx.delete(PORT, ["a"]),
    "delete_where": lambda tx: tx.delete_where(PORT, EVERYTHING),
}

READS: dict[str, Callable[[Transaction], Any]] = {
    "get": lambda tx: tx.get(PORT, "a"),
    "get_many": lambda tx: tx.get_many(PORT, ["a"]),
    "find": lambda tx: tx.find(PORT, query(PORT)),
    "count": lambda tx: tx.count(PORT, EVERYTHING),
    "aggregate": lambda tx: tx.aggregate(PORT, Aggregate(measures=(Measure(name="n"),))),
}

LOCKS: dict[str, Callable[[Transaction], Any]] = {
    "next_number": lambda tx: tx.next_number("n"),
    "lock": lambda tx: tx.lock("l"),
    "get with lock": lambda tx: tx.get(PORT, "a", lock=True),
}


class Transactions:
    """Atomicity, isolation, and the end of a transaction."""

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    def test_a_rollback_restores_everything(self, here: Workspace, write: Callable[[Transaction], Any]) -> None:
        here.put(Port(id="a", name="A"), Port(id="b", name="B"))

        with here.unchanged():
            undone = here.begin()
            write(undone)
            undone.rollback()

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    def test_others_see_a_change_only_after_the_commit(self, here: Workspace, write: Callable[[Transaction], Any]) -> None:
        here.put(Port(id="a", name="A"), Port(id="b", name="B"))
        before = here.everything()
        transaction = here.begin()
        try:
            write(transaction)
            inside = transaction.find(PORT, query(PORT, sort=["id"], total=True))
            assert here.everything() == before
            transaction.commit()
        finally:
            transaction.rollback()

        after = here.find(PORT, sort=["id"], total=True)
        assert after == inside
        assert after.records != before["port"][1]

    def test_a_transaction_sees_its_own_changes(self, here: Workspace) -> None:
        here.put(Port(id="p", name="P"), Ship(id="a", home_id="p"))

        with here.write() as writing:
            writing.insert([(SHIP, Ship(id="b", home_id="p")), (CALL, Call(ship_id="b", port_id="p"))])
            writing.update(SHIP, "a", {"motto": "changed"})

            assert writing.get(SHIP, "a") == Ship(id="a", home_id="p", motto="changed")
            assert writing.get_many(SHIP, ["a", "b"]).keys() == {"a", "b"}
            assert writing.count(SHIP, where(motto="changed")) == 1
            (item,) = writing.find(PORT, query(PORT, include=["callers"], counts=["ships"])).items
            assert (item.related["callers"], item.counts["ships"]) == ((Ship(id="b", home_id="p"),), 2)
            (group,) = writing.aggregate(SHIP, Aggregate(measures=(Measure(name="n"),)))
            assert group.values["n"] == 2
            writing.delete(SHIP, ["a"])
            assert writing.get(SHIP, "a") is None

    def test_a_failure_half_way_undoes_what_came_before(self, here: Workspace) -> None:
        here.put(Port(id="a", name="A"))

        with here.unchanged(), pytest.raises(ReferenceViolation):
            here.do(
                lambda tx: tx.insert([(PORT, Port(id="b", name="B"))]),
                lambda tx: tx.update(PORT, "a", {"name": "changed"}),
                lambda tx: tx.next_number("n"),
                lambda tx: tx.insert([(PORT, Port(id="c", name="C")), (SHIP, Ship(id="s", home_id="nowhere"))]),
            )

        with here.write() as writing:
            assert writing.next_number("n") == 1

    def test_a_transaction_with_a_failed_change_cannot_be_committed(self, here: Workspace) -> None:
        here.put(Port(id="a", name="A"))

        with here.unchanged():
            transaction = here.begin()
            transaction.insert([(PORT, Port(id="b", name="B"))])
            with pytest.raises(UniqueViolation):
                transaction.insert([(PORT, Port(id="a", name="again"))])
            with pytest.raises(RuntimeError):
                transaction.commit()
            transaction.rollback()

    def test_nothing_is_kept_of_a_transaction_that_is_never_committed(self, here: Workspace) -> None:
        with here.unchanged():
            with here.read():
                pass
            here.begin().rollback()

    def test_rollback_is_harmless_after_the_end(self, here: Workspace) -> None:
        transaction = here.begin()
        transaction.insert([(PORT, Port(id="a", name="A"))])
        transaction.commit()
        transaction.rollback()
        transaction.rollback()
        reading = here.begin(write=False)
        reading.commit()
        reading.rollback()

        assert here.ids(PORT) == ["a"]

    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_nothing_works_after_the_end(self, here: Workspace, end: str) -> None:
        here.put(Port(id="a", name="A"))
        transaction = here.begin()
        transaction.get(PORT, "a")
        getattr(transaction, end)()

        with here.unchanged():
            for attempt in (*WRITES.values(), *LOCKS.values(), *READS.values()):
                with pytest.raises(RuntimeError):
                    attempt(transaction)
            with pytest.raises(RuntimeError):
                transaction.commit()

    @pytest.mark.parametrize("attempt", [*WRITES.values(), *LOCKS.values()], ids=[*WRITES, *LOCKS])
    def test_a_read_transaction_refuses_changes_and_locks(self, here: Workspace, attempt: Callable[[Transaction], Any]) -> None:
        here.put(Port(id="a", name="A"))

        with here.unchanged(), here.read() as reading, pytest.raises(RuntimeError):
            attempt(reading)

    def test_a_read_transaction_may_stay_open_while_others_write(self, here: Workspace) -> None:
        with here.read() as reading:
            assert reading.count(PORT, EVERYTHING) == 0
            here.put(Port(id="a", name="A"))
            assert reading.get(PORT, "b") is None

        assert here.ids(PORT) == ["a"]

    def test_a_transaction_knows_its_workspace(self, here: Workspace) -> None:
        with here.read() as reading, here.write() as writing:
            assert (reading.workspace, writing.workspace) == (here.name, here.name)

    def test_a_transaction_without_workspace_is_refused(self, storage: Storage) -> None:
        for write in (False, True):
            with pytest.raises(ValueError, match="workspace"):
                storage.begin("", write=write)

    def test_the_storage_says_that_it_can_serve(self, storage: Storage) -> None:
        storage.check()


class Locks:
    """Row locks and named locks."""

    def test_a_locked_row_waits_for_its_holder(self, here: Workspace) -> None:
        here.put(Ship(id="a"))

        def add_one(number: int) -> None:
            for _ in range(3):
                with here.write() as writing:
                    ship = writing.get(SHIP, "a", lock=True)
                    assert ship is not None
                    time.sleep(0.001)
                    writing.update(SHIP, "a", {"crew": ship.crew + 1})

        in_threads(4, add_one)

        assert here.get(SHIP, "a") == Ship(id="a", crew=12)

    def test_a_locked_get_of_nothing_gives_none(self, here: Workspace) -> None:
        with here.write() as writing:
            assert writing.get(SHIP, "nobody", lock=True) is None

    def test_a_named_lock_is_held_by_one_transaction_at_a_time(self, here: Workspace) -> None:
        counter = [0]

        def add_one(number: int) -> None:
            with here.write() as writing:
                assert writing.lock("counter")
                value = counter[0]
                time.sleep(0.002)
                counter[0] = value + 1

        in_threads(8, add_one)

        assert counter == [8]

    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_a_named_lock_ends_with_its_transaction(self, here: Workspace, end: str) -> None:
        first = here.begin()
        assert first.lock("name")
        assert first.lock("name")
        assert first.lock("name", wait=False)
        getattr(first, end)()

        with here.write() as second:
            assert second.lock("name", wait=False)

    def test_a_taken_lock_is_reported_without_waiting(self, here: Workspace, try_lock: bool) -> None:
        if not try_lock:
            pytest.skip("try_lock is off: on this backend the write transaction is the lock")
        holder = here.begin()
        other = here.begin()
        try:
            assert holder.lock("name")
            assert not other.lock("name", wait=False)
        finally:
            holder.rollback()
            other.rollback()
