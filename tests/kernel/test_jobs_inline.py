import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.jobs import JobSpec, NewJob
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.testing.contracts.jobs import JobRunnerContract, Jobs
from conduyt_kit.testing.contracts.jobs_domain import WorkPlugin, leave_trace
from tests.kernel.drained import DrainedPlugin, drain


class TestInlineJobs(JobRunnerContract):
    @pytest.fixture
    def kit(self) -> Iterator[Kit]:
        with Kit.build({"features": ["work"]}, plugins=[WorkPlugin(), DrainedPlugin()]) as kit:
            yield kit

    @pytest.fixture
    def nudge(self) -> Callable[[Kit], None]:
        def nudge(kit: Kit) -> None:
            drain(kit)

        return nudge


def eager_kit(*jobs: JobSpec) -> Jobs:
    return Jobs(Kit.build({"features": ["work"]}, plugins=[WorkPlugin(jobs)]))


def test_eager_jobs_have_run_when_the_commit_returns() -> None:
    jobs = eager_kit()

    job = jobs.enqueue("work.enqueue_more", args={"key": "a"})

    assert jobs.get(job).state == "done"
    assert jobs.traces() == ["a"]


def test_a_commit_stands_although_its_jobs_cannot_be_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = eager_kit()

    def fail(**_: Any) -> Any:
        raise OSError("the disk is on fire")

    monkeypatch.setattr(jobs.kit.environment.storage, "claim", fail)
    job = jobs.enqueue("work.trace", args={"key": "a"})

    assert jobs.get(job).state == "queued"
    monkeypatch.undo()
    jobs.kit.provider(JOB_RUNNER).hint([(jobs.workspace, job.id)])
    assert jobs.traces() == ["a"]


def test_a_job_enqueued_while_another_thread_drains_is_run_by_that_one() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(run: JobRun) -> None:
        begun.set()
        go_on.wait(20)
        leave_trace(run)

    jobs = eager_kit(JobSpec(kind="work.slow", run=wait))
    draining = threading.Thread(target=lambda: jobs.enqueue("work.slow", args={"key": "slow"}))
    draining.start()
    begun.wait(20)

    jobs.enqueue("work.trace", args={"key": "quick"})
    assert jobs.traces() == []
    go_on.set()
    draining.join()

    assert jobs.traces() == ["slow", "quick"]


def test_a_drain_that_was_asked_for_in_its_last_moment_looks_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = eager_kit()
    storage: Any = jobs.kit.environment.storage
    claim = storage.claim
    late: list[str] = []

    def claim_and_enqueue(**values: Any) -> Any:
        claimed = claim(**values)
        if not claimed and not late:
            # Another thread commits and hints right after the last look, before the lock is free.
            late.append("x")
            thread = threading.Thread(target=lambda: jobs.enqueue("work.trace", args={"key": "late"}))
            thread.start()
            thread.join()
        return claimed

    monkeypatch.setattr(storage, "claim", claim_and_enqueue)
    jobs.enqueue("work.trace", args={"key": "early"})

    assert jobs.traces() == ["early", "late"]


def test_a_drain_stops_after_the_number_it_was_given() -> None:
    jobs = Jobs(Kit.build({"features": ["work"]}, plugins=[WorkPlugin(), DrainedPlugin()]))
    with jobs.kit.unit_of_work(jobs.workspace) as unit:
        for number in range(30):
            unit.enqueue(NewJob(kind="work.trace", args={"key": str(number)}))

    assert [drain(jobs.kit, most=13), drain(jobs.kit), drain(jobs.kit)] == [13, 17, 0]
