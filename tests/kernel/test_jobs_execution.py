import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from conduyt_kit import Kit, UnitOfWork
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import LeaseLost, NotFound, Temporary
from conduyt_kit.kernel.jobs import JOB, ExponentialBackoff, GiveUp, Job, JobSpec, NewJob, RetryLater
from conduyt_kit.kernel.runs import DEFAULT_LEASE, LONGEST_ERROR, JobExecutor, JobRun
from tests.kernel.conftest import ME, NOW
from tests.kernel.drained import DrainedPlugin
from tests.kernel.fleet import SHIP, Fleet, FleetPlugin

MakeKit = Callable[..., Kit]
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def make_kit(clock: FrozenClock) -> MakeKit:
    """Return a function that makes a kit with one kind of job, run when the test says so."""

    def make(run: Callable[[JobRun], None], **options: Any) -> Kit:
        spec = JobSpec(kind="fleet.work", run=run, **{"retry": lambda attempt: attempt * MINUTE, **options})
        return Kit.build(plugins=[FleetPlugin(jobs=(spec,)), DrainedPlugin()], clock=clock)

    return make


def enqueue(kit: Kit, **values: Any) -> Job:
    with kit.unit_of_work("ws_a", actor=ME) as unit:
        return unit.enqueue(NewJob(kind="fleet.work", **values))


def claim_one(kit: Kit) -> tuple[JobExecutor, Job]:
    executor = kit.job_executor()
    ((_, job),) = executor.claim(limit=1)
    return executor, job


def row(kit: Kit, job: Job) -> Job:
    with kit.unit_of_work("ws_a", write=False) as unit:
        return unit.repository(JOB).get(job.id)


def ships(kit: Kit) -> list[str]:
    with kit.unit_of_work("ws_a", write=False) as unit:
        return sorted(ship.name for ship in unit.repository(SHIP).all())


def launch(run: JobRun, **options: Any) -> UnitOfWork:
    unit = run.unit_of_work(**options)
    unit[Fleet].launch("Argo")
    return unit


def test_effect_and_completion_are_one_commit(make_kit: MakeKit) -> None:
    def run(run: JobRun) -> None:
        launch(run, finishes=True).commit()
        raise ValueError("too late to fail")

    kit = make_kit(run)
    job = enqueue(kit)

    assert kit.job_executor().run_due() == 1

    done = row(kit, job)
    assert (done.state, done.finished_at, done.last_error) == ("done", NOW, None)
    assert ships(kit) == ["Argo"]


def test_every_unit_of_a_job_renews_its_lease(make_kit: MakeKit, clock: FrozenClock) -> None:
    seen: list[dt.datetime | None] = []

    def run(run: JobRun) -> None:
        clock.advance(20 * SECOND)
        launch(run).commit()
        seen.append(row(kit, run.job).lease_until)

    kit = make_kit(run)
    enqueue(kit)

    kit.job_executor().run_due()

    assert seen == [NOW + 20 * SECOND + DEFAULT_LEASE]


def test_a_worker_whose_job_was_taken_over_can_commit_nothing(make_kit: MakeKit, clock: FrozenClock) -> None:
    refused: list[str] = []
    runs: list[int] = []

    def run(run: JobRun) -> None:
        runs.append(run.job.attempt)
        if run.job.attempt > 1:
            launch(run, finishes=True).commit()
            return
        clock.advance(DEFAULT_LEASE + SECOND)
        assert kit.job_executor().run_due() == 1
        for finishes in (False, True):
            unit = run.unit_of_work(finishes=finishes)
            unit[Fleet].launch("Ghost ship")
            with pytest.raises(LeaseLost):
                unit.commit()
            refused.append("finishes" if finishes else "goes on")

    kit = make_kit(run)
    job = enqueue(kit)

    kit.job_executor().run_due()

    assert runs == [1, 2]
    assert refused == ["goes on", "finishes"]
    assert ships(kit) == ["Argo"]
    assert (row(kit, job).state, row(kit, job).attempt) == ("done", 2)


def test_the_outcome_of_a_stale_attempt_does_not_overwrite_the_new_one(make_kit: MakeKit, clock: FrozenClock) -> None:
    kit = make_kit(lambda run: None)
    job = enqueue(kit)
    executor, stale = claim_one(kit)
    clock.advance(DEFAULT_LEASE + SECOND)
    _, fresh = claim_one(kit)
    before = row(kit, job)

    executor.run("ws_a", stale)
    executor.release("ws_a", stale)

    assert row(kit, job) == before == fresh
    assert executor.renew("ws_a", stale) is False
    assert executor.renew("ws_a", fresh) is True


def test_a_lease_is_renewed_from_now_on(make_kit: MakeKit, clock: FrozenClock) -> None:
    kit = make_kit(lambda run: None, lease=MINUTE)
    enqueue(kit)
    executor, job = claim_one(kit)
    clock.advance(10 * SECOND)

    assert executor.renew("ws_a", job) is True

    assert row(kit, job).lease_until == NOW + 10 * SECOND + MINUTE
    assert row(kit, job).lease_token == job.lease_token


class Killed(BaseException):
    """Ends an attempt without a trace, as the death of the worker does."""


def kill(run: JobRun) -> None:
    raise Killed


def die(kit: Kit, clock: FrozenClock) -> None:
    """Claim and run a job, die, and let its lease run out."""
    with pytest.raises(Killed):
        kit.job_executor().run_due(limit=1)
    clock.advance(DEFAULT_LEASE + SECOND)


def test_a_job_whose_worker_died_twice_is_suspect_until_it_has_ended_otherwise(make_kit: MakeKit, clock: FrozenClock) -> None:
    kit = make_kit(kill, max_attempts=4)
    job = enqueue(kit)
    suspect: list[tuple[int, bool]] = []
    for _ in range(4):
        executor, claimed = claim_one(kit)
        suspect.append((claimed.attempt, executor.is_suspect(claimed)))
        executor.release("ws_a", claimed)
        die(kit, clock)
    executor, claimed = claim_one(kit)
    suspect.append((claimed.attempt, executor.is_suspect(claimed)))
    executor.run("ws_a", claimed)

    assert suspect == [(1, False), (2, False), (3, True), (4, True), (5, False)]
    assert (row(kit, job).state, row(kit, job).last_error) == ("failed", "The worker died during attempt 4")


def test_a_job_that_fails_by_itself_is_no_suspect(make_kit: MakeKit, clock: FrozenClock) -> None:
    def run(run: JobRun) -> None:
        raise ValueError("no wind")

    kit = make_kit(run)
    enqueue(kit)
    for _ in range(3):
        executor, claimed = claim_one(kit)
        assert not executor.is_suspect(claimed)
        executor.run("ws_a", claimed)
        clock.advance(dt.timedelta(hours=1))


def test_a_job_that_is_lost_before_it_begins_again_does_not_run(make_kit: MakeKit, clock: FrozenClock) -> None:
    ran: list[int] = []
    kit = make_kit(lambda run: ran.append(run.job.attempt))
    enqueue(kit)
    claim_one(kit)
    clock.advance(DEFAULT_LEASE + SECOND)
    executor, stale = claim_one(kit)
    clock.advance(DEFAULT_LEASE + SECOND)
    _, fresh = claim_one(kit)

    executor.run("ws_a", stale)
    executor.run("ws_a", fresh)

    assert ran == [3]


def test_a_job_given_back_for_a_while_is_due_after_it(make_kit: MakeKit) -> None:
    kit = make_kit(lambda run: None)
    job = enqueue(kit)
    executor, claimed = claim_one(kit)

    executor.release("ws_a", claimed, after=MINUTE)

    back = row(kit, job)
    assert (back.state, back.attempt, back.due_at, back.lease_token) == ("queued", 0, NOW + MINUTE, None)


def test_a_released_job_is_queued_as_if_it_had_not_been_claimed(make_kit: MakeKit) -> None:
    kit = make_kit(lambda run: None)
    job = enqueue(kit)
    executor, claimed = claim_one(kit)

    executor.release("ws_a", claimed)

    assert row(kit, job) == job


def test_a_failed_attempt_waits_as_the_retry_schedule_says(make_kit: MakeKit, clock: FrozenClock) -> None:
    def run(run: JobRun) -> None:
        raise ValueError("no wind")

    kit = make_kit(run, max_attempts=3)
    job = enqueue(kit)
    due: list[dt.timedelta] = []
    for _ in range(2):
        assert kit.job_executor().run_due() == 1
        assert kit.job_executor().run_due() == 0
        waiting = row(kit, job)
        assert (waiting.state, waiting.last_error, waiting.lease_token) == ("queued", "ValueError: no wind", None)
        due.append(waiting.due_at - clock.now())
        clock.move_to(waiting.due_at)

    assert kit.job_executor().run_due() == 1

    assert due == [MINUTE, 2 * MINUTE]
    failed = row(kit, job)
    assert (failed.state, failed.attempt, failed.finished_at, failed.due_at) == ("failed", 3, clock.now(), clock.now())


def test_a_provider_that_says_when_to_come_back_is_asked_then(make_kit: MakeKit) -> None:
    def run(run: JobRun) -> None:
        raise Temporary("slow down", provider="telegraph", retry_after=7.5)

    kit = make_kit(run)
    job = enqueue(kit)

    kit.job_executor().run_due()

    assert row(kit, job).due_at == NOW + dt.timedelta(seconds=7.5)
    assert row(kit, job).last_error == "slow down"


def test_retry_later_counts_as_an_attempt(make_kit: MakeKit, clock: FrozenClock) -> None:
    def run(run: JobRun) -> None:
        raise RetryLater("the tide is out", after=SECOND)

    kit = make_kit(run, max_attempts=2)
    job = enqueue(kit)

    kit.job_executor().run_due()
    assert (row(kit, job).state, row(kit, job).due_at, row(kit, job).last_error) == ("queued", NOW + SECOND, "the tide is out")
    clock.advance(SECOND)
    kit.job_executor().run_due()

    assert (row(kit, job).state, row(kit, job).attempt, row(kit, job).last_error) == ("failed", 2, "the tide is out")


def test_giving_up_sets_the_job_aside_and_undoes_the_open_unit(make_kit: MakeKit) -> None:
    def run(run: JobRun) -> None:
        with run.unit_of_work(finishes=True) as unit:
            unit[Fleet].launch("Argo")
            unit.flush()
            raise GiveUp("the harbour is closed")

    kit = make_kit(run)
    job = enqueue(kit)

    kit.job_executor().run_due()

    assert (row(kit, job).state, row(kit, job).last_error) == ("failed", "the harbour is closed")
    assert ships(kit) == []


def test_a_job_that_calls_exit_fails_like_any_other(make_kit: MakeKit) -> None:
    def run(run: JobRun) -> None:
        raise SystemExit(3)

    kit = make_kit(run)
    job = enqueue(kit)

    assert kit.job_executor().run_due() == 1

    assert (row(kit, job).state, row(kit, job).last_error) == ("queued", "SystemExit: 3")


def test_a_long_error_is_cut(make_kit: MakeKit) -> None:
    def run(run: JobRun) -> None:
        raise ValueError("x" * 10_000)

    kit = make_kit(run)
    job = enqueue(kit)

    kit.job_executor().run_due()

    error = row(kit, job).last_error
    assert error == ("ValueError: " + "x" * 10_000)[:LONGEST_ERROR]


def test_a_job_acts_for_its_actor_only_when_asked_to(make_kit: MakeKit) -> None:
    actors: list[str | None] = []
    kit = make_kit(lambda run: actors.append(run.unit_of_work().context.actor.id))
    enqueue(kit, as_actor=True)
    enqueue(kit)

    kit.job_executor().run_due()

    assert sorted(actors, key=str) == [None, ME.id]


def test_what_a_job_causes_carries_the_correlation_of_what_caused_it(make_kit: MakeKit) -> None:
    kit = make_kit(lambda run: launch(run, finishes=True).commit())
    job = enqueue(kit)

    kit.job_executor().run_due()

    with kit.unit_of_work("ws_a", write=False) as unit:
        (ship,) = unit.repository(SHIP).all()
        assert ship.name == "Argo"
        events = unit.repository_named("event")
        assert events is not None
        assert {event.correlation_id for event in events.all()} == {job.correlation_id or job.id}


def test_a_named_job_is_claimed_only_when_it_is_due(make_kit: MakeKit) -> None:
    ran: list[str] = []
    kit = make_kit(lambda run: ran.append(run.job.id))
    later = enqueue(kit, due_at=NOW + MINUTE)
    now, other = enqueue(kit), enqueue(kit)

    assert kit.job_executor().run_due(jobs=(("ws_a", later.id), ("ws_a", now.id))) == 1

    assert ran == [now.id]
    assert row(kit, other).state == "queued"


def test_jobs_of_another_workspace_are_not_visible(make_kit: MakeKit) -> None:
    kit = make_kit(lambda run: None)
    job = enqueue(kit)

    with kit.unit_of_work("ws_b", write=False) as unit, pytest.raises(NotFound):
        unit.repository(JOB).get(job.id)


@pytest.mark.parametrize("attempt", [1, 2, 3, 10, 11, 40, 1_000_000])
def test_backoff_doubles_up_to_its_longest_wait_and_varies_by_its_jitter(attempt: int) -> None:
    backoff = ExponentialBackoff(first=5 * SECOND, longest=dt.timedelta(hours=1), jitter=0.2)
    middle = min(5.0 * 2 ** min(attempt - 1, 60), 3600.0)

    waits = {backoff(attempt).total_seconds() for _ in range(50)}

    assert min(waits) >= 0.8 * middle
    assert max(waits) <= 1.2 * middle
    assert len(waits) > 1
    assert ExponentialBackoff(jitter=0)(attempt).total_seconds() == middle
