"""The durable job of a bulk operation: a unit of work for each chunk of records, so that it goes on after a crash where it was."""

from collections.abc import Callable
from typing import TypeVar

from conduyt_kit.features.bulk.service import CHUNK, RUN_JOB, BulkJobs, Work, is_refusal
from conduyt_kit.kernel.errors import ConduytError, Contention
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun

T = TypeVar("T")

_TRIES = 5


def run(run: JobRun) -> None:
    """Handle the records that are left, chunk by chunk."""
    work = _in_unit(run, lambda bulk: bulk.work(run.job.args["bulk_job"]))
    while _chunk(run, work):
        pass


def _chunk(run: JobRun, work: Work) -> bool:
    try:
        return _in_unit(run, lambda bulk: bulk.handle(work))
    except ConduytError as error:
        if not is_refusal(error):
            raise
    return _one_by_one(run, work)


def _one_by_one(run: JobRun, work: Work) -> bool:
    # Which record it was, and what else was written for it, only a transaction of its own can tell and undo.
    more, first = True, _in_unit(run, lambda bulk: bulk.place(work))
    for place in range(first, first + CHUNK):
        more = more and _one(run, work, place)
    return more


def _one(run: JobRun, work: Work, place: int) -> bool:
    try:
        return _in_unit(run, lambda bulk: bulk.handle(work, most=1))
    except ConduytError as error:
        if not is_refusal(error):
            raise
        refusal = error
    return _in_unit(run, lambda bulk: bulk.refuse(work, place, refusal))


def _in_unit(run: JobRun, step: Callable[[BulkJobs], T]) -> T:
    for _ in range(_TRIES - 1):
        try:
            return _once(run, step)
        except Contention:
            continue
    return _once(run, step)


def _once(run: JobRun, step: Callable[[BulkJobs], T]) -> T:
    with run.unit_of_work() as unit:
        return step(unit[BulkJobs])


JOB_SPEC = JobSpec(kind=RUN_JOB, run=run)
