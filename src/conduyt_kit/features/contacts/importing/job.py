"""The durable job of an import: a unit of work for each chunk of rows, so that it goes on after a crash where it was."""

from conduyt_kit.features.contacts.importing.service import IMPORT_JOB, ContactImports
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun


def run(run: JobRun) -> None:
    """Handle the chunks that are left, one after the other."""
    more = True
    while more:
        with run.unit_of_work() as unit:
            more = unit[ContactImports].handle_chunk(run.job.args["import"])


JOB_SPEC = JobSpec(kind=IMPORT_JOB, run=run)
