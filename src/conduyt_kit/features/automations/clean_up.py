"""Runs leave the history after their time."""

import datetime as dt

from conduyt_kit.features.automations.entities import AUTOMATION_RUN
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.schedules import Schedule

KEPT_FOR = dt.timedelta(days=30)

_CHUNK = 10_000


def _run(run: JobRun) -> None:
    before = run.environment.clock.now() - KEPT_FOR
    while run.environment.storage.purge(AUTOMATION_RUN, "started_at", before, limit=_CHUNK) == _CHUNK:
        pass


CLEAN_UP_JOB = JobSpec(kind="automations.clean_up", run=_run)
CLEAN_UP_SCHEDULE = Schedule(name="automations.clean_up", cron="47 3 * * *", job="automations.clean_up")
