"""The kit that the crash tests' processes share: a database file or server, jobs of the contract and jobs that kill or last."""

import datetime as dt
import os
import sys
import time
from typing import Any

from conduyt_dramatiq.plugin import DramatiqPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kit import Kit
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.testing.contracts.jobs_domain import TRACE, Trace, WorkPlugin, leave_trace
from conduyt_sqlalchemy import SqlStorage, create_tables

WORKSPACE = "ws_crash"
AFTER_THE_LEASE = dt.timedelta(seconds=26)


class AheadClock:
    """The machine's clock, put ahead, so that a killed worker's leases have run out without waiting for it."""

    def __init__(self, ahead: dt.timedelta) -> None:
        self._ahead = ahead

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._ahead


def make_kit(url: str, *, ahead: dt.timedelta = dt.timedelta()) -> Kit:
    """Return a kit on the database, with nothing started."""
    storage = ProviderSpec[Any](port=STORAGE, name="sql", make=lambda _: SqlStorage(url, pool_size=10))
    plugins = [WorkPlugin(JOBS, [storage]), DramatiqPlugin()]
    return Kit.build({"features": ["work"]}, plugins=plugins, clock=AheadClock(ahead))


def create(kit: Kit) -> None:
    storage = kit.provider(STORAGE)
    assert isinstance(storage, SqlStorage)
    create_tables(storage, tuple(kit.assembly.entities.values()))


def _two_steps(run: JobRun) -> None:
    key = run.job.args["key"]
    with run.unit_of_work() as unit:
        unit.repository(TRACE).insert_missing([Trace(id=f"first_{key}", key=f"first {key}", created_at=unit.now)])
    time.sleep(0.005)
    leave_trace(run)


def _kill_the_worker(run: JobRun) -> None:
    os._exit(66)


def _take_a_moment(run: JobRun) -> None:
    time.sleep(0.3)
    leave_trace(run)


def _last(run: JobRun) -> None:
    print("begun", flush=True)
    time.sleep(0.5)
    leave_trace(run)


JOBS = (
    JobSpec(kind="crash.two_steps", run=_two_steps, max_attempts=100),
    JobSpec(kind="crash.moment", run=_take_a_moment, max_attempts=3),
    JobSpec(kind="crash.poison", run=_kill_the_worker, max_attempts=3),
    JobSpec(kind="crash.last", run=_last),
)


class _State:
    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def kit(self) -> Kit:
        return self._kit


def _work(url: str, ahead: str) -> None:
    from conduyt_dramatiq.command import worker

    worker.main([], obj=_State(make_kit(url, ahead=dt.timedelta(seconds=float(ahead)))), prog_name="worker")


def _write(url: str, first: str) -> None:
    """Commit a record, an event and a job for each number, and say so on standard output afterwards."""
    from conduyt_kit.kernel.jobs import NewJob
    from conduyt_kit.testing.contracts.jobs_domain import BellRang

    kit = make_kit(url)
    number = int(first)
    while True:
        with kit.unit_of_work(WORKSPACE) as unit:
            unit.repository(TRACE).create(key=f"written {number}")
            unit.emit(BellRang(note=str(number)))
            unit.enqueue(NewJob(kind="work.trace", key=str(number), args={"key": f"run {number}"}))
        print(number, flush=True)
        number += 1


if __name__ == "__main__":
    {"work": _work, "write": _write}[sys.argv[1]](*sys.argv[2:])
