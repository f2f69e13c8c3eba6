"""The durable job of an import: a unit of work for each chunk of rows, so that it goes on after a crash where it was."""

from conduyt_kit.features.contacts.importing.service import IMPORT_JOB, ContactImports
from conduyt_kit.kernel.errors import Contention
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun

_TRIES = 5


def run(run: JobRun) -> None:
    """Handle the chunks that are left, one after the other."""
    while _handle_next(run):
        pass


def _handle_next(run: JobRun) -> bool:
    for _ in range(_TRIES - 1):
        try:
            return _handle(run)
        except Contention:
            # Somebody changed one of the contacts at the same moment; the chunk is as it was.
            continue
    return _handle(run)


def _handle(run: JobRun) -> bool:
    with run.unit_of_work() as unit:
        return unit[ContactImports].handle_chunk(run.job.args["import"])


JOB_SPEC = JobSpec(kind=IMPORT_JOB, run=run)
