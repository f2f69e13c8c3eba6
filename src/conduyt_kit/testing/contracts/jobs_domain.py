"""What the contract of job runners works with: jobs that leave a trace, fail, give up or are robbed of their lease, and an event."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar

import attrs

from conduyt_kit.extension import FeatureSpec, KitPlugin, ProviderSpec
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.events import AFTER, Event, Happened, Subscription
from conduyt_kit.kernel.jobs import JOB, GiveUp, JobSpec, NewJob, RetryLater
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork

SOON = dt.timedelta(milliseconds=50)


@attrs.frozen(kw_only=True)
class Trace:
    """What a job leaves behind; `key` says which job, and how often is seen from the number of traces."""

    id: str
    key: str
    created_at: dt.datetime


TRACE: EntitySpec[Trace] = entity(Trace, name="trace", new_id=ids.sortable("trc_"), sort=("created_at",), events=False, audited=False)


@attrs.frozen(kw_only=True)
class BellRang(Event):
    """Somebody rang."""

    name: ClassVar[str] = "bell.rang"
    description: ClassVar[str] = "Somebody rang the bell."

    note: str


def leave_trace(run: JobRun) -> None:
    """Leave the trace `args["key"]`, in the transaction that finishes the job."""
    with run.unit_of_work(finishes=True) as unit:
        unit.repository(TRACE).create(key=run.job.args["key"])


def _fail(run: JobRun) -> None:
    if run.job.attempt < run.job.args["succeeds_in"]:
        with run.unit_of_work() as unit:
            unit.repository(TRACE).create(key="half done")
            unit.flush()
            raise ValueError(f"out of paper, attempt {run.job.attempt}")
    leave_trace(run)


def _give_up(run: JobRun) -> None:
    raise GiveUp("the recipient does not exist")


def _wait(run: JobRun) -> None:
    if run.job.attempt == 1:
        raise RetryLater("come back in a moment", after=SOON)
    leave_trace(run)


def _be_robbed(run: JobRun) -> None:
    """Lose the lease, as when this worker slept past its end, and try to commit all the same."""
    other = run.environment.storage.begin(run.workspace, write=True)
    other.update(JOB, run.job.id, {"lease_token": "another worker's"})
    other.commit()
    leave_trace(run)


def _enqueue_more(run: JobRun) -> None:
    with run.unit_of_work(finishes=True) as unit:
        unit.enqueue(NewJob(kind="work.trace", args={"key": run.job.args["key"]}))


def _hear(unit: UnitOfWork, happened: Happened) -> None:
    unit.repository(TRACE).create(key=f"heard {happened.data['note']}")


def _refuse_to_hear(unit: UnitOfWork, happened: Happened) -> None:
    unit.repository(TRACE).create(key="half heard")
    unit.flush()
    raise ValueError(f"does not want to hear of {happened.data['note']}")


WORK = FeatureSpec(
    name="work",
    description="Jobs that leave traces",
    entities=(TRACE,),
    events=(BellRang,),
    jobs=(
        JobSpec(kind="work.trace", run=leave_trace, max_attempts=3),
        JobSpec(kind="work.fail", run=_fail, max_attempts=3, retry=lambda attempt: SOON * attempt),
        JobSpec(kind="work.give_up", run=_give_up),
        JobSpec(kind="work.wait", run=_wait),
        JobSpec(kind="work.be_robbed", run=_be_robbed),
        JobSpec(kind="work.enqueue_more", run=_enqueue_more),
    ),
    subscriptions=(
        Subscription(event="bell.rang", handler=_refuse_to_hear, when=AFTER, name="work.deaf"),
        Subscription(event="bell.rang", handler=_hear, when=AFTER, name="work.listener"),
    ),
)


class WorkPlugin(KitPlugin):
    """Adds the jobs of the contract to a kit, and any providers that a test wants."""

    name: ClassVar[str] = "work"

    def __init__(self, jobs: Iterable[JobSpec] = (), providers: Iterable[ProviderSpec[Any]] = ()) -> None:
        self._jobs = tuple(jobs)
        self._providers = tuple(providers)

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        return [attrs.evolve(WORK, jobs=(*WORK.jobs, *self._jobs))]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return self._providers
