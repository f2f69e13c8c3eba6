"""Schedules: a job per slot of a cron expression, once, however many processes tick."""

import datetime as dt

import attrs
from cronsim import CronSim

from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.jobs import SYSTEM_WORKSPACE, NewJob
from conduyt_kit.kernel.unit_of_work import UnitOfWork

CATCH_UP = dt.timedelta(days=1)
"""How far back a tick looks for a slot that nobody served; of several missed ones, only the latest is run."""


@attrs.frozen(kw_only=True)
class Schedule:
    """Enqueues a job at the times of a cron expression (UTC), once per slot however many processes run.

    `job` is the kind of a `JobSpec`; it runs in the system workspace. Slots missed while nothing ran are caught up with one run.
    """

    name: str
    cron: str
    job: str


class Scheduler:
    """Enqueues the jobs of all schedules of a kit. `tick` is called by every job runner, every few seconds."""

    def __init__(self, environment: Environment, schedules: tuple[Schedule, ...]) -> None:
        self._environment = environment
        self._schedules = schedules
        self._served: dict[str, dt.datetime] = {}

    def tick(self) -> int:
        """Enqueue what has become due since the last slot served; return how many jobs that were.

        Safe to call from many processes: the slot is the job's unique key.
        """
        now = self._environment.clock.now()
        enqueued = 0
        for schedule in self._schedules:
            slot = latest_slot(schedule.cron, now)
            if slot is None or self._served.get(schedule.name) == slot:
                continue
            with UnitOfWork(self._environment, Context(workspace=SYSTEM_WORKSPACE)) as unit:
                job = unit.enqueue(NewJob(kind=schedule.job, key=f"{schedule.name}:{slot.isoformat()}"))
                enqueued += job in unit.jobs
            self._served[schedule.name] = slot
        return enqueued


def latest_slot(cron: str, now: dt.datetime) -> dt.datetime | None:
    """Return the last time of a cron expression that is not after `now`, at most `CATCH_UP` before it."""
    # Looking back, CronSim leaves out the time it starts from; a fraction of a second must not reach into the next slot.
    slot = next(iter(CronSim(cron, now.replace(microsecond=0) + dt.timedelta(seconds=1), reverse=True)), None)
    return slot if slot is not None and slot >= now - CATCH_UP else None
