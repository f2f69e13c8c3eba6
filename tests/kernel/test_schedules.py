import datetime as dt
import threading
from collections.abc import Iterable
from typing import ClassVar

import pytest

from conduyt_kit import Kit
from conduyt_kit.extension import FeatureSpec, KitPlugin, Schedule
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.jobs import JOB, SYSTEM_WORKSPACE, Job, JobSpec
from conduyt_kit.kernel.schedules import Scheduler, latest_slot
from tests.kernel.drained import DrainedPlugin, drain

UTC = dt.UTC
MINUTE = dt.timedelta(minutes=1)
QUARTER = Schedule(name="tower.chime", cron="*/15 * * * *", job="tower.chime")


class TowerPlugin(KitPlugin):
    name: ClassVar[str] = "tower"

    def __init__(self) -> None:
        self.chimes: list[str] = []

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        chime = JobSpec(kind="tower.chime", run=lambda run: self.chimes.append(run.workspace))
        return [FeatureSpec(name="tower", description="A clock", jobs=(chime,), schedules=(QUARTER,))]


@pytest.fixture
def tower() -> TowerPlugin:
    return TowerPlugin()


@pytest.fixture
def kit(tower: TowerPlugin, clock: FrozenClock) -> Kit:
    return Kit.build({"features": ["tower"]}, plugins=[tower, DrainedPlugin()], clock=clock)


def scheduler(kit: Kit) -> Scheduler:
    """Return the scheduler of one more process."""
    return Scheduler(kit.environment, (QUARTER,))


def jobs(kit: Kit) -> list[Job]:
    with kit.unit_of_work(SYSTEM_WORKSPACE, write=False) as unit:
        return list(unit.repository(JOB).all(sort=["created_at"]))


@pytest.mark.parametrize(
    ("cron", "now", "slot"),
    [
        ("17 3 * * *", dt.datetime(2026, 1, 2, 3, 17, tzinfo=UTC), dt.datetime(2026, 1, 2, 3, 17, tzinfo=UTC)),
        ("17 3 * * *", dt.datetime(2026, 1, 2, 3, 17, 0, 1, tzinfo=UTC), dt.datetime(2026, 1, 2, 3, 17, tzinfo=UTC)),
        ("17 3 * * *", dt.datetime(2026, 1, 2, 3, 16, 59, tzinfo=UTC), dt.datetime(2026, 1, 1, 3, 17, tzinfo=UTC)),
        ("17 3 * * *", dt.datetime(2026, 1, 2, 3, 16, 59, 999_999, tzinfo=UTC), dt.datetime(2026, 1, 1, 3, 17, tzinfo=UTC)),
        ("*/15 * * * *", dt.datetime(2026, 1, 2, 0, 14, tzinfo=UTC), dt.datetime(2026, 1, 2, 0, 0, tzinfo=UTC)),
        ("0 0 1 * *", dt.datetime(2026, 1, 1, 23, 59, tzinfo=UTC), dt.datetime(2026, 1, 1, tzinfo=UTC)),
        ("0 0 1 * *", dt.datetime(2026, 1, 2, tzinfo=UTC), dt.datetime(2026, 1, 1, tzinfo=UTC)),
        ("0 0 1 * *", dt.datetime(2026, 1, 2, 0, 1, tzinfo=UTC), None),
        # Schedules are in UTC, where no hour is missing or doubled when clocks change.
        ("30 2 29 3 *", dt.datetime(2026, 3, 29, 2, 31, tzinfo=UTC), dt.datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
    ],
)
def test_the_latest_slot_is_never_ahead_of_the_clock_and_at_most_a_day_old(cron: str, now: dt.datetime, slot: dt.datetime | None) -> None:
    assert latest_slot(cron, now) == slot


def test_each_slot_is_served_once_however_often_the_schedule_is_looked_at(kit: Kit, tower: TowerPlugin, clock: FrozenClock) -> None:
    ours = scheduler(kit)
    clock.move_to(dt.datetime(2026, 5, 4, 9, 59, 30, tzinfo=UTC))

    enqueued = []
    for _ in range(40):
        enqueued.append(ours.tick())
        clock.advance(MINUTE / 2)
    drain(kit)

    assert sum(enqueued) == 3
    assert [job.key for job in jobs(kit)] == [f"tower.chime:2026-05-04T{time}:00+00:00" for time in ("09:45", "10:00", "10:15")]
    assert tower.chimes == [SYSTEM_WORKSPACE] * 3


def test_processes_that_look_at_the_same_time_serve_a_slot_once(kit: Kit, tower: TowerPlugin) -> None:
    barrier = threading.Barrier(4)
    enqueued: list[int] = []

    def tick() -> None:
        process = scheduler(kit)
        barrier.wait()
        enqueued.append(process.tick())

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drain(kit)

    assert sorted(enqueued) == [0, 0, 0, 1]
    assert len(jobs(kit)) == 1
    assert tower.chimes == [SYSTEM_WORKSPACE]


def test_a_slot_that_another_process_served_and_finished_is_not_served_again(kit: Kit, tower: TowerPlugin) -> None:
    scheduler(kit).tick()
    drain(kit)

    assert scheduler(kit).tick() == 0
    assert drain(kit) == 0
    assert tower.chimes == [SYSTEM_WORKSPACE]


def test_slots_missed_while_nothing_ran_are_caught_up_with_one_run(kit: Kit, tower: TowerPlugin, clock: FrozenClock) -> None:
    ours = scheduler(kit)
    ours.tick()
    clock.advance(dt.timedelta(hours=5))

    assert ours.tick() == 1

    assert drain(kit) == 2
    assert len(tower.chimes) == 2


def test_a_clock_set_back_serves_no_slot_twice(kit: Kit, tower: TowerPlugin, clock: FrozenClock) -> None:
    ours = scheduler(kit)
    start = clock.now()
    for minutes in (0, 15, 30, 0, 15, 30, 45, 30, 45):
        clock.move_to(start + minutes * MINUTE)
        ours.tick()
    clock.move_to(start + 60 * MINUTE)
    drain(kit)

    assert len(jobs(kit)) == 4
    assert len(tower.chimes) == 4


def test_a_slot_whose_commit_failed_is_tried_again(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = scheduler(kit)
    storage = kit.environment.storage

    def fail(*_: object, **__: object) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(storage, "begin", fail)
    with pytest.raises(OSError, match="away"):
        ours.tick()
    monkeypatch.undo()

    assert ours.tick() == 1
    assert len(jobs(kit)) == 1


def test_a_working_runner_ticks_the_schedules(kit: Kit, tower: TowerPlugin) -> None:
    kit.start(work=True)

    assert tower.chimes == [SYSTEM_WORKSPACE]
    assert {job.kind for job in jobs(kit)} == {"tower.chime", "kernel.clean_up"}
