import threading
from typing import Any

import pytest

from conduyt_dramatiq.leases import HeldJobs
from conduyt_dramatiq.pool import WorkerPool
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kit import Kit
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.testing.contracts.jobs import Jobs
from conduyt_kit.testing.contracts.jobs_domain import leave_trace


def ours() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread is not threading.main_thread()}


def test_a_running_job_finishes_before_the_kit_has_stopped(make_kit: Any) -> None:
    begun, stopping = threading.Event(), threading.Event()

    def run(run: JobRun) -> None:
        begun.set()
        stopping.wait(20)
        leave_trace(run)

    kit: Kit = make_kit(JobSpec(kind="work.slow", run=run))
    jobs = Jobs(kit)
    kit.start(work=True)
    job = jobs.enqueue("work.slow", args={"key": "slow"})
    begun.wait(20)
    threading.Timer(0.1, stopping.set).start()

    kit.provider(JOB_RUNNER).stop(20)

    assert jobs.get(job).state == "done"
    assert jobs.traces() == ["slow"]


def test_a_job_that_outlasts_the_stop_keeps_its_lease_and_may_still_finish(make_kit: Any) -> None:
    begun, go_on, over = threading.Event(), threading.Event(), threading.Event()

    def run(run: JobRun) -> None:
        begun.set()
        go_on.wait(20)
        leave_trace(run)
        over.set()

    kit: Kit = make_kit(JobSpec(kind="work.slow", run=run))
    jobs = Jobs(kit)
    kit.start(work=True)
    job = jobs.enqueue("work.slow", args={"key": "slow"})
    begun.wait(20)

    kit.provider(JOB_RUNNER).stop(0.1)

    left = jobs.get(job)
    assert (left.state, left.attempt) == ("running", 1)
    assert left.lease_until is not None
    go_on.set()
    over.wait(20)
    assert jobs.traces() == ["slow"]


def test_a_claimed_job_that_has_not_begun_is_given_back_uncounted(make_kit: Any) -> None:
    kit: Kit = make_kit()
    jobs = Jobs(kit)
    job = jobs.enqueue("work.trace", args={"key": "a"})
    executor = kit.job_executor()
    pool = WorkerPool(executor, HeldJobs(), threads=1, freed=lambda: None)

    claimed = executor.claim(limit=1)
    pool.run(claimed)
    assert (jobs.get(job).state, jobs.get(job).attempt, pool.free) == ("running", 1, 0)
    pool.stop(1)

    back = jobs.get(job)
    assert (back.state, back.attempt, back.lease_token, back.lease_until) == ("queued", 0, None, None)
    assert jobs.traces() == []


def test_a_job_given_back_is_not_run_by_a_thread_that_finds_its_message_late(make_kit: Any) -> None:
    kit: Kit = make_kit()
    jobs = Jobs(kit)
    job = jobs.enqueue("work.trace", args={"key": "a"})
    executor = kit.job_executor()
    held = HeldJobs()
    pool = WorkerPool(executor, held, threads=1, freed=lambda: None)
    pool.run(executor.claim(limit=1))

    assert [given_back.job.id for given_back in held.take_unstarted()] == [job.id]
    pool.start()
    pool.stop(5)

    assert jobs.traces() == []
    assert jobs.get(job).state == "running"


def test_no_thread_is_left_and_none_was_there_before_the_start(make_kit: Any) -> None:
    before = ours()
    kit: Kit = make_kit()
    Jobs(kit).enqueue("work.trace", args={"key": "a"})
    assert ours() == before

    kit.start(work=True)
    assert len(ours() - before) >= 4
    kit.stop()

    assert ours() - before == set()


@pytest.mark.service
def test_no_thread_is_left_with_a_broker(server: Any, make_kit: Any) -> None:
    before = ours()
    kit: Kit = make_kit(url=server.url, queue=server.queue)
    jobs = Jobs(kit)
    kit.start(work=True)
    jobs.finished(jobs.enqueue("work.trace", args={"key": "a"}))

    kit.stop()

    assert ours() - before == set()


def test_two_kits_of_one_process_run_their_own_jobs() -> None:
    from conduyt_dramatiq.plugin import DramatiqPlugin
    from conduyt_kit.testing.contracts.jobs_domain import WorkPlugin

    kits = [Kit.build({"features": ["work"]}, plugins=[WorkPlugin(), DramatiqPlugin()]) for _ in range(2)]
    one, other = (Jobs(kit) for kit in kits)
    for kit in kits:
        kit.start(work=True)

    one.finished(one.enqueue("work.trace", args={"key": "one"}))
    kits[0].stop()
    other.finished(other.enqueue("work.trace", args={"key": "other"}))

    assert other.traces() == ["other"]
    kits[1].stop()
