"""The durable job of a run: a unit of work for each action, so that after a crash it goes on exactly where it was."""

import logging
from collections.abc import Callable
from typing import TypeVar

import attrs

from conduyt_kit.features.workflows.entities import WORKFLOW_RUN
from conduyt_kit.features.workflows.runs import ActionFailed, Pending, WorkflowRuns
from conduyt_kit.features.workflows.settings import WorkflowSettings
from conduyt_kit.features.workflows.steps import RUN_JOB
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.errors import ConduytError, Contention, Misconfigured, Rejected, Unsupported
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.schedules import Schedule
from conduyt_kit.kernel.unit_of_work import UnitOfWork

T = TypeVar("T")

_log = logging.getLogger("conduyt.workflows")

PRUNE_JOB = "workflows.prune"
_TRIES = 5
_CHUNK = 1000


def run(job: JobRun) -> None:
    """Carry a run on until it is over or has to wait."""
    id = job.job.args["run"]
    caused = _in_chain(job, id)
    while caused is not None and _advance(caused, id):
        pass


def _in_chain(job: JobRun, id: str) -> JobRun | None:
    """Return the job as caused by the run's event, so that what the actions cause continues its chain."""
    with UnitOfWork(job.environment, Context(workspace=job.workspace), write=False) as unit:
        found = unit.repository(WORKFLOW_RUN).find(id)
    if found is None:
        return None
    return attrs.evolve(job, job=attrs.evolve(job.job, causation=found.chain, correlation_id=found.correlation_id))


def _advance(job: JobRun, id: str) -> bool:
    """Perform the next action; return whether another is to follow now."""
    try:
        done = _in_unit(job, lambda runs: runs.advance(id))
    except ActionFailed as failed:
        return _failed(job, id, failed.number, failed.error)
    return done if isinstance(done, bool) else _call(job, id, done)


def _call(job: JobRun, id: str, pending: Pending) -> bool:
    try:
        result = pending.spec.call(job.environment, pending.prepared) if pending.spec.call else pending.prepared
    except Exception as error:  # noqa: BLE001 - whatever an action raises is its failure
        return _failed(job, id, pending.number, error)
    return _in_unit(job, lambda runs: runs.succeed(id, pending.number, result))


def _failed(job: JobRun, id: str, number: int, error: Exception) -> bool:
    if not is_final(error) and job.job.attempt < job.job.max_attempts:
        raise error
    _log.warning("action %d of run %s failed for good", number, id, exc_info=error)
    return _in_unit(job, lambda runs: runs.fail(id, number, reason_of(error)))


def is_final(error: Exception) -> bool:
    """Whether trying again would end the same."""
    return isinstance(error, Rejected | Misconfigured | Unsupported) or (isinstance(error, ConduytError) and error.status < 500)


def reason_of(error: Exception) -> str:
    """Return what a run says of a failed action."""
    if not isinstance(error, ConduytError):
        # What a defect says may quote anything; the worker's log has it.
        return f"The action failed unexpectedly ({type(error).__name__})"
    wrong = "; ".join(f"{detail.field}: {detail.message}" for detail in error.details)
    return wrong or error.message


def _in_unit(job: JobRun, step: Callable[[WorkflowRuns], T]) -> T:
    for _ in range(_TRIES - 1):
        try:
            return _once(job, step)
        except Contention:
            continue
    return _once(job, step)


def _once(job: JobRun, step: Callable[[WorkflowRuns], T]) -> T:
    with job.unit_of_work() as unit:
        return step(unit[WorkflowRuns])


def prune(job: JobRun) -> None:
    """Delete finished runs of all workspaces that are past their time."""
    environment = job.environment
    before = environment.clock.now() - environment.settings.section(WorkflowSettings).keep_runs
    while environment.storage.purge(WORKFLOW_RUN, "completed_at", before, limit=_CHUNK) == _CHUNK:
        pass


RUN_SPEC = JobSpec(kind=RUN_JOB, run=run, max_attempts=8)
PRUNE_SPEC = JobSpec(kind=PRUNE_JOB, run=prune)
PRUNE_SCHEDULE = Schedule(name=PRUNE_JOB, cron="41 3 * * *", job=PRUNE_JOB)
