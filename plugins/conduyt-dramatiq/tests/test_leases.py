import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest

from conduyt_dramatiq.leases import BEAT, HeldJobs, LeaseKeeper
from conduyt_dramatiq.settings import BrokerSettings
from conduyt_kit.kernel.jobs import Job
from conduyt_kit.kernel.runs import DEFAULT_LEASE, JobExecutor
from conduyt_kit.kernel.settings import Secret
from conduyt_kit.testing.contracts.jobs import Jobs


@pytest.fixture
def jobs(make_kit: Any) -> Jobs:
    return Jobs(make_kit())


def claimed(jobs: Jobs, held: HeldJobs) -> tuple[JobExecutor, Job]:
    jobs.enqueue("work.trace", args={"key": "a"})
    executor = jobs.kit.job_executor()
    ((workspace, job),) = executor.claim(limit=1)
    held.add(workspace, job)
    return executor, job


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def lease_end(jobs: Jobs, job: Job) -> dt.datetime:
    end = jobs.get(job).lease_until
    assert end is not None
    return end


def test_the_lease_of_a_held_job_moves_on_while_the_process_lives(jobs: Jobs) -> None:
    held = HeldJobs()
    executor, job = claimed(jobs, held)
    assert job.lease_until is not None
    keeper = LeaseKeeper(executor, held, beat=0.01)

    keeper.start()

    until(lambda: lease_end(jobs, job) > job.lease_until + dt.timedelta(milliseconds=50))  # type: ignore[operator]
    keeper.stop(5)
    assert jobs.get(job).lease_token == job.lease_token


def test_a_lease_that_another_worker_has_is_not_touched(jobs: Jobs) -> None:
    held = HeldJobs()
    executor, job = claimed(jobs, held)
    theirs = jobs.kit.clock.now() + DEFAULT_LEASE
    jobs.put(job, lease_token="theirs", lease_until=theirs)
    keeper = LeaseKeeper(executor, held, beat=0.01)

    keeper.start()
    until(lambda: held.to_renew() == [])
    keeper.stop(5)

    found = jobs.get(job)
    assert (found.lease_token, found.lease_until) == ("theirs", theirs)


def test_a_database_that_fails_for_a_moment_does_not_end_the_renewals(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    held = HeldJobs()
    executor, job = claimed(jobs, held)
    assert job.lease_until is not None
    storage: Any = jobs.kit.environment.storage
    begin = storage.begin
    failures = iter([True, True, False])

    def fail_twice(workspace: str, *, write: bool) -> Any:
        if write and next(failures, False):
            raise OSError("the disk is busy")
        return begin(workspace, write=write)

    monkeypatch.setattr(storage, "begin", fail_twice)
    keeper = LeaseKeeper(executor, held, beat=0.01)

    keeper.start()

    until(lambda: lease_end(jobs, job) > job.lease_until)  # type: ignore[operator]
    keeper.stop(5)
    assert next(failures, None) is None


def test_a_finished_job_is_not_renewed(jobs: Jobs) -> None:
    held = HeldJobs()
    executor, job = claimed(jobs, held)

    executor.run(jobs.workspace, job)

    assert executor.renew(jobs.workspace, job) is False
    assert (jobs.get(job).state, jobs.get(job).lease_until) == ("done", None)


@pytest.mark.parametrize("url", ["", "redis://localhost", "amqp://localhost"])
def test_a_killed_workers_job_is_taken_over_within_30_seconds(url: str) -> None:
    sweep = BrokerSettings(url=Secret(url)).sweep_seconds

    assert DEFAULT_LEASE.total_seconds() + sweep < 30
    assert DEFAULT_LEASE.total_seconds() > 4 * BEAT
