"""Deliveries leave the log after their time."""

import datetime as dt

from conduyt_kit.features.webhooks.entities import WEBHOOK_DELIVERY
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.schedules import Schedule

KEPT_FOR = dt.timedelta(days=30)

_CHUNK = 10_000


def _run(run: JobRun) -> None:
    before = run.environment.clock.now() - KEPT_FOR
    while run.environment.storage.purge(WEBHOOK_DELIVERY, "created_at", before, limit=_CHUNK) == _CHUNK:
        pass


CLEAN_UP_JOB = JobSpec(kind="webhooks.clean_up", run=_run)
CLEAN_UP_SCHEDULE = Schedule(name="webhooks.clean_up", cron="41 3 * * *", job="webhooks.clean_up")
