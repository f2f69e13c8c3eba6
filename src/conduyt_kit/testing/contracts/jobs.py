"""The contract of a job runner, as a pytest class to subclass.

Example, in a runner's own tests::

    class TestAcmeJobs(JobRunnerContract):
        @pytest.fixture
        def kit(self):
            with Kit.build({"acme": {"url": "acme://localhost"}}, plugins=[WorkPlugin(), AcmePlugin()]) as kit:
                yield kit

What it holds a runner to is said in `conduyt_kit.ports.jobs` and `conduyt_kit.kernel.jobs`.
"""

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conduyt_kit.kernel.jobs import JOB, Job, NewJob
from conduyt_kit.kernel.query import EVERYTHING
from conduyt_kit.kernel.runs import DEFAULT_LEASE
from conduyt_kit.kit import Kit
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.testing.contracts.jobs_domain import TRACE, BellRang

PATIENCE = 20.0
"""Seconds until something that should happen is given up on."""


class Jobs:
    """Short words for a test: one workspace of a kit."""

    def __init__(self, kit: Kit, workspace: str = "", nudge: Callable[[Kit], None] = lambda _: None) -> None:
        self.kit = kit
        self.workspace = workspace or f"ws_{secrets.token_hex(6)}"
        self.nudge = nudge

    def enqueue(self, kind: str, **values: Any) -> Job:
        """Enqueue one job and commit; `args` are the further arguments that `NewJob` does not know."""
        known = {name: values.pop(name) for name in ("key", "due_at") if name in values}
        with self.kit.unit_of_work(self.workspace) as unit:
            return unit.enqueue(NewJob(kind=kind, args=values.pop("args", values), **known))

    def put(self, job: Job, **changes: Any) -> None:
        """Set fields of a job's row, as another process would."""
        transaction = self.kit.environment.storage.begin(self.workspace, write=True)
        transaction.update(JOB, job.id, changes)
        transaction.commit()

    def get(self, job: Job) -> Job:
        with self.kit.unit_of_work(self.workspace, write=False) as unit:
            return unit.repository(JOB).get(job.id)

    def all(self) -> list[Job]:
        with self.kit.unit_of_work(self.workspace, write=False) as unit:
            return list(unit.repository(JOB).all(EVERYTHING))

    def traces(self) -> list[str]:
        """Return the keys of all traces, in the order they were left."""
        with self.kit.unit_of_work(self.workspace, write=False) as unit:
            return [trace.key for trace in unit.repository(TRACE).all(EVERYTHING)]

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"still waiting; jobs: {self.all()}; traces: {self.traces()}"
            self.nudge(self.kit)
            time.sleep(0.005)

    def finished(self, job: Job) -> Job:
        """Wait until the job is done or set aside, and return it."""
        self.until(lambda: self.get(job).state in ("done", "failed"))
        return self.get(job)


class JobRunnerContract:
    """Every promise of a job runner. Override the fixture `kit`: a kit with `WorkPlugin` and the runner, not started."""

    @pytest.fixture
    def kit(self) -> Iterator[Kit]:
        """Give a kit that is not started. Override."""
        pytest.fail("Override the fixture kit: see the docstring of conduyt_kit.testing.contracts.jobs")

    @pytest.fixture
    def nudge(self) -> Callable[[Kit], None]:
        """Return what makes due jobs run, for a runner that works only when told."""
        return lambda _: None

    @pytest.fixture
    def idle(self, kit: Kit, nudge: Callable[[Kit], None]) -> Jobs:
        """Return a workspace of a kit that does not work yet."""
        return Jobs(kit, nudge=nudge)

    @pytest.fixture
    def jobs(self, idle: Jobs) -> Jobs:
        """Return a workspace of a kit that works."""
        idle.kit.start(work=True)
        return idle

    # Transactions

    def test_a_committed_job_runs_once(self, jobs: Jobs) -> None:
        job = jobs.enqueue("work.trace", key="k", args={"key": "a"})

        done = jobs.finished(job)

        assert (done.state, done.attempt, done.last_error) == ("done", 1, None)
        assert (done.lease_token, done.lease_until) == (None, None)
        assert done.finished_at is not None
        assert jobs.traces() == ["a"]

    def test_a_job_of_a_rolled_back_transaction_never_runs(self, jobs: Jobs) -> None:
        unit = jobs.kit.unit_of_work(jobs.workspace)
        unit.enqueue(NewJob(kind="work.trace", args={"key": "undone"}))
        unit.flush()
        unit.rollback()
        later = jobs.enqueue("work.trace", args={"key": "done"})

        jobs.finished(later)
        assert [job.id for job in jobs.all()] == [later.id]
        assert jobs.traces() == ["done"]

    def test_a_job_may_enqueue_jobs(self, jobs: Jobs) -> None:
        jobs.enqueue("work.enqueue_more", args={"key": "a"})

        jobs.until(lambda: jobs.traces() == ["a"])

    def test_a_delayed_job_runs_when_it_is_due_and_not_before(self, jobs: Jobs) -> None:
        due_at = jobs.kit.clock.now() + dt.timedelta(milliseconds=300)
        later = jobs.enqueue("work.trace", due_at=due_at, args={"key": "later"})
        now = jobs.enqueue("work.trace", args={"key": "now"})
        jobs.finished(now)

        done = jobs.finished(later)

        assert jobs.traces() == ["now", "later"]
        assert done.attempt == 1
        assert done.finished_at is not None
        assert done.finished_at >= due_at

    def test_a_key_is_enqueued_once_also_by_transactions_at_the_same_time(self, idle: Jobs) -> None:
        barrier = threading.Barrier(2)
        found: list[str] = []

        def enqueue() -> None:
            barrier.wait()
            found.append(idle.enqueue("work.trace", key="the key", args={"key": "a"}).id)

        threads = [threading.Thread(target=enqueue) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        idle.kit.start(work=True)

        assert len(found) == 2
        assert {job.id for job in idle.all()} == set(found)
        assert len(set(found)) == 1
        idle.until(lambda: idle.traces() == ["a"])

    def test_the_key_of_a_finished_job_is_still_taken(self, jobs: Jobs) -> None:
        first = jobs.finished(jobs.enqueue("work.trace", key="the key", args={"key": "a"}))

        second = jobs.enqueue("work.trace", key="the key", args={"key": "b"})

        assert second == first
        assert jobs.all() == [first]

    # Failures

    def test_a_failing_job_is_tried_again(self, jobs: Jobs) -> None:
        done = jobs.finished(jobs.enqueue("work.fail", args={"key": "a", "succeeds_in": 3}))

        assert (done.state, done.attempt, done.last_error) == ("done", 3, None)
        assert jobs.traces() == ["a"]

    def test_a_job_that_keeps_failing_is_set_aside_with_its_last_error(self, jobs: Jobs) -> None:
        failed = jobs.finished(jobs.enqueue("work.fail", args={"key": "a", "succeeds_in": 99}))

        assert (failed.state, failed.attempt) == ("failed", 3)
        assert failed.last_error == "ValueError: out of paper, attempt 3"
        assert failed.finished_at is not None
        assert failed.lease_token is None
        assert jobs.traces() == []

    def test_a_job_that_gives_up_is_set_aside_at_once(self, jobs: Jobs) -> None:
        failed = jobs.finished(jobs.enqueue("work.give_up"))

        assert (failed.state, failed.attempt, failed.last_error) == ("failed", 1, "the recipient does not exist")

    def test_a_job_that_asks_for_later_is_run_later(self, jobs: Jobs) -> None:
        job = jobs.enqueue("work.wait", args={"key": "a"})

        done = jobs.finished(job)

        assert (done.state, done.attempt) == ("done", 2)
        assert done.due_at > job.due_at
        assert jobs.traces() == ["a"]

    def test_a_job_of_an_unknown_kind_is_set_aside(self, jobs: Jobs) -> None:
        job = jobs.enqueue("work.trace", due_at=jobs.kit.clock.now() + dt.timedelta(hours=1), args={"key": "a"})
        jobs.put(job, kind="work.gone", due_at=jobs.kit.clock.now())

        failed = jobs.finished(job)

        assert failed.state == "failed"
        assert failed.last_error == "No enabled feature runs jobs of the kind 'work.gone'"
        assert jobs.traces() == []

    # Leases

    def test_the_job_of_a_dead_worker_is_taken_over(self, idle: Jobs) -> None:
        job = idle.enqueue("work.trace", args={"key": "a"})
        past = idle.kit.clock.now() - dt.timedelta(seconds=1)
        idle.put(job, state="running", attempt=1, lease_token="of a dead worker", lease_until=past)
        idle.kit.start(work=True)

        done = idle.finished(job)

        assert (done.state, done.attempt) == ("done", 2)
        assert idle.traces() == ["a"]

    def test_the_job_of_a_living_worker_is_left_alone(self, idle: Jobs) -> None:
        job = idle.enqueue("work.trace", args={"key": "theirs"})
        ahead = idle.kit.clock.now() + DEFAULT_LEASE
        idle.put(job, state="running", attempt=1, lease_token="of another worker", lease_until=ahead)
        before = idle.get(job)
        idle.kit.start(work=True)

        idle.finished(idle.enqueue("work.trace", args={"key": "ours"}))

        assert idle.get(job) == before
        assert idle.traces() == ["ours"]

    def test_a_job_that_killed_its_worker_at_its_last_attempt_is_set_aside(self, idle: Jobs) -> None:
        job = idle.enqueue("work.trace", args={"key": "poison"})
        past = idle.kit.clock.now() - dt.timedelta(seconds=1)
        idle.put(job, state="running", attempt=job.max_attempts, lease_token="of a dead worker", lease_until=past)
        idle.kit.start(work=True)

        failed = idle.finished(job)

        assert (failed.state, failed.last_error) == ("failed", "The worker died during attempt 3")
        assert idle.traces() == []

    def test_a_worker_that_lost_its_lease_commits_nothing(self, jobs: Jobs) -> None:
        robbed = jobs.enqueue("work.be_robbed", args={"key": "stale"})

        jobs.until(lambda: jobs.get(robbed).lease_token == "another worker's")
        jobs.finished(jobs.enqueue("work.trace", args={"key": "fresh"}))

        assert jobs.traces() == ["fresh"]
        found = jobs.get(robbed)
        assert (found.state, found.attempt, found.last_error) == ("running", 1, None)

    # Events

    def test_each_subscription_is_told_once_and_the_failure_of_one_touches_no_other(self, jobs: Jobs) -> None:
        with jobs.kit.unit_of_work(jobs.workspace) as unit:
            unit.emit(BellRang(note="dinner"))

        jobs.until(lambda: sorted(job.state for job in jobs.all()) == ["done", "queued"])

        by_name = {job.args["subscription"]: job for job in jobs.all()}
        assert by_name["work.listener"].state == "done"
        assert by_name["work.deaf"].last_error == "ValueError: does not want to hear of dinner"
        assert by_name["work.deaf"].attempt == 1
        assert jobs.traces() == ["heard dinner"]

    def test_the_event_of_a_rolled_back_transaction_is_never_told(self, jobs: Jobs) -> None:
        unit = jobs.kit.unit_of_work(jobs.workspace)
        unit.emit(BellRang(note="false alarm"))
        unit.flush()
        unit.rollback()
        with jobs.kit.unit_of_work(jobs.workspace) as unit:
            unit.emit(BellRang(note="dinner"))

        jobs.until(lambda: jobs.traces() == ["heard dinner"])

        assert len(jobs.all()) == 2

    # Fairness, and the port itself

    def test_a_workspace_with_a_long_queue_delays_no_other(self, idle: Jobs) -> None:
        quiet = Jobs(idle.kit, nudge=idle.nudge)
        with idle.kit.unit_of_work(idle.workspace) as unit:
            for number in range(200):
                unit.enqueue(NewJob(kind="work.trace", args={"key": f"busy {number}"}))
        job = quiet.enqueue("work.trace", args={"key": "quiet"})
        idle.kit.start(work=True)

        done = quiet.finished(job)
        idle.until(lambda: len(idle.traces()) == 200)

        assert done.finished_at is not None
        earlier = [other for other in idle.all() if other.finished_at is not None and other.finished_at < done.finished_at]
        assert len(earlier) < 20

    def test_a_hint_of_what_is_not_there_does_no_harm(self, jobs: Jobs) -> None:
        jobs.kit.provider(JOB_RUNNER).hint([("no workspace", "no job"), (jobs.workspace, "no job")])
        jobs.kit.provider(JOB_RUNNER).hint([])

        jobs.finished(jobs.enqueue("work.trace", args={"key": "a"}))

        assert jobs.traces() == ["a"]

    def test_stopping_is_harmless_before_the_start_and_a_second_time(self, idle: Jobs) -> None:
        runner = idle.kit.provider(JOB_RUNNER)

        runner.stop(1)
        idle.kit.start(work=True)
        runner.stop(5)
        runner.stop(1)

        job = idle.enqueue("work.trace", args={"key": "a"})
        assert idle.kit.environment.storage.count_jobs()["queued"] >= 1
        assert idle.get(job).state == "queued"

    def test_it_says_how_it_works(self, kit: Kit) -> None:
        assert kit.provider(JOB_RUNNER).check()
