"""Clean-up of the kernel's own tables: finished jobs, recorded events, kept replies, after their time."""

import datetime as dt

import attrs

from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.idempotency import IDEMPOTENT_REPLY, KEPT_FOR
from conduyt_kit.kernel.jobs import JOB, JobSpec
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.schedules import CATCH_UP, Schedule
from conduyt_kit.kernel.settings import setting

_CHUNK = 10_000


@attrs.frozen(kw_only=True)
class Retention:
    """How long the kernel's own rows are kept. Failed jobs stay until somebody retries or dismisses them.

    Finished jobs stay for a day at least, since their keys say which slots of schedules were served.
    """

    jobs: dt.timedelta = attrs.field(default=dt.timedelta(days=7), metadata=setting("How long finished jobs are kept; a day at least."))
    events: dt.timedelta = attrs.field(default=dt.timedelta(days=30), metadata=setting("How long recorded events are kept."))


def clean_up(environment: Environment, retention: Retention) -> int:
    """Delete what is past its time, in chunks, and return how many rows that were."""
    now = environment.clock.now()
    storage = environment.storage
    deleted = 0
    plan = (
        # A served slot of a schedule is known by its job's key.
        (JOB, "finished_at", now - max(retention.jobs, CATCH_UP)),
        (EVENT, "occurred_at", now - retention.events),
        (IDEMPOTENT_REPLY, "created_at", now - KEPT_FOR),
    )
    for spec, field, before in plan:
        condition = where(state="done") if spec is JOB else None
        while number := storage.purge(spec, field, before, limit=_CHUNK, where=condition):
            deleted += number
            if number < _CHUNK:
                break
    return deleted


def _run(run: JobRun) -> None:
    clean_up(run.environment, run.environment.settings.section(Retention))


CLEANUP_JOB = JobSpec(kind="kernel.clean_up", run=_run)
CLEANUP_SCHEDULE = Schedule(name="kernel.clean_up", cron="17 3 * * *", job="kernel.clean_up")
