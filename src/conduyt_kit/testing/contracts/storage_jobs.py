"""Contract: due jobs of all workspaces are claimed fairly, once, and can be taken over."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from conduyt_kit.kernel.errors import UniqueViolation
from conduyt_kit.kernel.jobs import JOB, Job
from conduyt_kit.kernel.query import EVERYTHING, where
from conduyt_kit.kernel.transactions import Storage
from conduyt_kit.testing.contracts.storage_entities import EPOCH
from conduyt_kit.testing.contracts.storage_workspace import Workspace, in_threads

NOW = EPOCH
LEASE = NOW + dt.timedelta(seconds=25)
TICK = dt.timedelta(microseconds=1)


def job(id: str, due: int = 0, **values: Any) -> Job:
    """Return a queued job that became due that many seconds before now."""
    return Job(**{"id": id, "kind": "test", "due_at": NOW - dt.timedelta(seconds=due), "max_attempts": 3, "created_at": NOW, **values})


def claim(
    storage: Storage,
    limit: int = 10,
    per_workspace: int = 10,
    jobs: Sequence[tuple[str, str]] = (),
    worker: str = "w",
    now: dt.datetime = NOW,
) -> list[tuple[str, str]]:
    """Claim and return (workspace, job id)."""
    claimed = storage.claim(now=now, lease_until=now + (LEASE - NOW), token=worker, limit=limit, per_workspace=per_workspace, jobs=jobs)
    return [(workspace, found.id) for workspace, found in claimed]


def remove_jobs(storage: Storage) -> None:
    """Delete the jobs of all workspaces that these tests use."""
    for name in ("ws", "x", "y", "z", "busy", "quiet", "newcomer"):
        workspace = Workspace(storage, name)
        if workspace.count(JOB):
            workspace.do(lambda tx: tx.delete_where(JOB, EVERYTHING))


RUNNING: dict[str, Any] = {"state": "running", "attempt": 1, "lease_until": NOW + TICK, "lease_token": "old"}

NOT_DUE: dict[str, Job] = {
    "later": job("j", due_at=NOW + TICK),
    "done": job("j", 9, state="done", finished_at=NOW),
    "failed": job("j", 9, state="failed", finished_at=NOW),
    "running": job("j", 9, **RUNNING),
    "running to this moment": job("j", 9, **{**RUNNING, "lease_until": NOW}),
}

DUE: dict[str, Job] = {
    "now": job("j"),
    "long ago": job("j", 10**8),
    "a second time": job("j", attempt=2, last_error="it rained"),
    "lease run out": job("j", 9, **{**RUNNING, "lease_until": NOW - TICK}),
}


class Claiming:
    """Which jobs a claim gives, and what it does to them."""

    @pytest.mark.parametrize("waiting", DUE.values(), ids=DUE)
    def test_a_due_job_is_claimed_and_returned_as_it_is_then(self, idle_storage: Storage, waiting: Job) -> None:
        room = Workspace(idle_storage, "ws")
        waiting = attrs.evolve(waiting, args={"list": [1, None], "text": "ø"}, causation=["a", "b"], correlation_id="c", key="k")
        room.put(waiting)

        claimed = idle_storage.claim(now=NOW, lease_until=LEASE, token="mine", limit=1, per_workspace=1)

        expected = attrs.evolve(waiting, state="running", attempt=waiting.attempt + 1, lease_until=LEASE, lease_token="mine")
        assert claimed == (("ws", expected),)
        assert room.get(JOB, "j") == expected
        assert claim(idle_storage) == []

    @pytest.mark.parametrize("waiting", NOT_DUE.values(), ids=NOT_DUE)
    def test_a_job_that_is_not_due_is_left_alone(self, idle_storage: Storage, waiting: Job) -> None:
        room = Workspace(idle_storage, "ws")
        room.put(waiting)

        with room.unchanged():
            assert claim(idle_storage) == []
            assert claim(idle_storage, jobs=[("ws", "j")]) == []

    def test_a_dead_workers_job_is_taken_over_and_the_dead_one_is_fenced_off(self, idle_storage: Storage) -> None:
        room = Workspace(idle_storage, "ws")
        room.put(job("j"))
        claim(idle_storage, worker="first")

        later = LEASE + TICK
        assert claim(idle_storage, worker="second", now=LEASE) == []
        assert claim(idle_storage, worker="second", now=later) == [("ws", "j")]

        with room.write() as writing:
            assert not writing.update(JOB, "j", {"state": "done"}, expected=where(lease_token="first", state="running"))
            assert writing.update(JOB, "j", {"lease_until": later + TICK}, expected=where(lease_token="second", state="running"))
        found = room.get(JOB, "j")
        assert found is not None
        assert (found.state, found.attempt, found.lease_token, found.lease_until) == ("running", 2, "second", later + TICK)

    def test_the_longest_due_of_a_workspace_come_first(self, idle_storage: Storage) -> None:
        Workspace(idle_storage, "ws").put(job("a", 1), job("b", 3), job("c", 2), job("d", 4, **{**RUNNING, "lease_until": NOW - TICK}))

        assert sorted(claim(idle_storage, limit=2)) == [("ws", "b"), ("ws", "d")]
        assert claim(idle_storage, limit=1) == [("ws", "c")]
        assert claim(idle_storage, limit=1) == [("ws", "a")]

    def test_limits_hold_in_all_and_per_workspace(self, idle_storage: Storage) -> None:
        for name in ("x", "y", "z"):
            Workspace(idle_storage, name).put(*(job(f"{name}{n}", n) for n in range(5)))

        first = claim(idle_storage, limit=100, per_workspace=2)
        second = claim(idle_storage, limit=4, per_workspace=3)

        assert Counter(workspace for workspace, _ in first) == {"x": 2, "y": 2, "z": 2}
        assert {found for _, found in first} == {f"{name}{n}" for name in "xyz" for n in (4, 3)}
        assert len(second) == 4
        assert set(first).isdisjoint(second)

    def test_a_workspace_with_thousands_of_jobs_delays_no_other(self, idle_storage: Storage) -> None:
        Workspace(idle_storage, "busy").put(*(job(f"b{n:04}", 10_000 - n) for n in range(2_000)))
        Workspace(idle_storage, "quiet").put(job("q1"), job("q2", 1))

        first = claim(idle_storage, limit=2)
        second = claim(idle_storage, limit=3)
        third = claim(idle_storage, limit=3, per_workspace=3)

        assert sorted(first) == [("busy", "b0000"), ("quiet", "q2")]
        assert sorted(second) == [("busy", "b0001"), ("busy", "b0002"), ("quiet", "q1")]
        assert sorted(third) == [("busy", "b0003"), ("busy", "b0004"), ("busy", "b0005")]

    def test_with_fewer_places_than_workspaces_everyone_gets_a_turn(self, idle_storage: Storage) -> None:
        for name in ("x", "y"):
            Workspace(idle_storage, name).put(*(job(f"{name}{n}", 1_000 + n) for n in range(60)))
        Workspace(idle_storage, "newcomer").put(job("n"))

        claimed = [found for _ in range(60) for found in claim(idle_storage, limit=1)]

        assert len(claimed) == 60
        assert ("newcomer", "n") in claimed

    def test_a_claim_can_be_narrowed_to_certain_jobs(self, idle_storage: Storage) -> None:
        for name in ("x", "y"):
            Workspace(idle_storage, name).put(job("a", 2), job("b", 1), job("c"))

        assert claim(idle_storage, jobs=[("x", "c"), ("y", "b"), ("y", "nobody"), ("nowhere", "a")], per_workspace=1) in (
            [("x", "c"), ("y", "b")],
            [("y", "b"), ("x", "c")],
        )
        assert claim(idle_storage, jobs=[("x", "c")]) == []
        assert len(claim(idle_storage, jobs=[("x", "a"), ("x", "b")], limit=1)) == 1

    def test_nothing_to_claim_gives_nothing(self, idle_storage: Storage) -> None:
        assert claim(idle_storage) == []
        assert claim(idle_storage, jobs=[("ws", "j")]) == []
        assert idle_storage.oldest_due(NOW) is None
        assert not any(idle_storage.count_jobs().values())

    def test_four_threads_never_get_the_same_job(self, idle_storage: Storage) -> None:
        for name in ("x", "y", "z"):
            Workspace(idle_storage, name).put(*(job(f"{name}{n}", n) for n in range(40)))

        def work(number: int) -> list[tuple[str, str]]:
            return [found for _ in range(8) for found in claim(idle_storage, limit=3, per_workspace=2, worker=f"t{number}")]

        claimed = [found for mine in in_threads(4, work) for found in mine]
        claimed += claim(idle_storage, limit=200, per_workspace=200)

        assert Counter(claimed) == {(name, f"{name}{n}"): 1 for name in "xyz" for n in range(40)}

    def test_threads_told_of_the_same_job_claim_it_once(self, idle_storage: Storage) -> None:
        room = Workspace(idle_storage, "ws")
        room.put(job("j"))

        claimed = in_threads(4, lambda number: claim(idle_storage, jobs=[("ws", "j")], worker=f"t{number}"))

        assert sorted(claimed) == [[], [], [], [("ws", "j")]]
        found = room.get(JOB, "j")
        assert found is not None
        assert (found.attempt, found.lease_token) == (1, f"t{claimed.index([('ws', 'j')])}")

    def test_a_rolled_back_job_does_not_exist(self, idle_storage: Storage) -> None:
        undone = idle_storage.begin("ws", write=True)
        undone.insert([(JOB, job("j"))])
        undone.rollback()

        assert claim(idle_storage) == []
        assert idle_storage.count_jobs().get("queued", 0) == 0

    def test_jobs_are_counted_by_state_over_all_workspaces(self, idle_storage: Storage) -> None:
        Workspace(idle_storage, "x").put(job("a"), job("b", due_at=NOW + TICK), job("c", state="done"))
        Workspace(idle_storage, "y").put(job("a"), job("b", state="failed"), job("c", **RUNNING))

        counted = {state: number for state, number in idle_storage.count_jobs().items() if number}

        assert counted == {"queued": 3, "running": 1, "done": 1, "failed": 1}

    def test_the_oldest_due_is_that_of_queued_jobs_only(self, idle_storage: Storage) -> None:
        Workspace(idle_storage, "x").put(job("a", 5), job("b", 90, state="done"), job("c", 99, **{**RUNNING, "lease_until": NOW - TICK}))
        Workspace(idle_storage, "y").put(job("a", 7), job("b", due_at=NOW + TICK))

        assert idle_storage.oldest_due(NOW) == NOW - dt.timedelta(seconds=7)
        assert idle_storage.oldest_due(NOW - dt.timedelta(seconds=6)) == NOW - dt.timedelta(seconds=7)
        assert idle_storage.oldest_due(NOW - dt.timedelta(seconds=8)) is None

    def test_a_key_enqueues_once_per_kind_and_workspace(self, idle_storage: Storage) -> None:
        room = Workspace(idle_storage, "x")
        room.put(job("a", key="k", state="done"), job("b", key="k", kind="other"), job("c"), job("d"))
        Workspace(idle_storage, "y").put(job("a", key="k"))

        with room.unchanged(), pytest.raises(UniqueViolation) as caught:
            room.put(job("e", key="k"))

        assert (caught.value.entity, caught.value.fields) == ("job", ("kind", "key"))


class Purging:
    """Deletion of what is old, across workspaces."""

    def test_only_rows_from_before_go(self, idle_storage: Storage) -> None:
        rooms = [Workspace(idle_storage, name) for name in "xy"]
        for room in rooms:
            room.put(job("old", created_at=NOW - TICK), job("new", created_at=NOW), job("done", state="done", finished_at=NOW - TICK))

        assert idle_storage.purge(JOB, "created_at", NOW) == 2
        assert [room.ids(JOB) for room in rooms] == [["done", "new"]] * 2
        assert idle_storage.purge(JOB, "finished_at", NOW) == 2
        assert [room.ids(JOB) for room in rooms] == [["new"]] * 2

    def test_a_condition_narrows_what_goes(self, idle_storage: Storage) -> None:
        room = Workspace(idle_storage, "x")
        room.put(job("a", state="done", finished_at=NOW), job("b", state="failed", finished_at=NOW), job("c"))

        assert idle_storage.purge(JOB, "finished_at", NOW + TICK, where=where(state="done")) == 1
        assert room.ids(JOB) == ["b", "c"]

    def test_a_limit_holds_over_all_workspaces(self, idle_storage: Storage) -> None:
        rooms = [Workspace(idle_storage, name) for name in "xy"]
        for room in rooms:
            room.put(*(job(f"j{n}") for n in range(4)))

        purged = [idle_storage.purge(JOB, "created_at", NOW + TICK, limit=3) for _ in range(4)]

        assert purged == [3, 3, 2, 0]
        assert [room.count(JOB) for room in rooms] == [0, 0]
