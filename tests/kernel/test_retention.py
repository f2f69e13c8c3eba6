import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.events import EVENT, Happened
from conduyt_kit.kernel.idempotency import IDEMPOTENT_REPLY, KEPT_FOR, IdempotentReply
from conduyt_kit.kernel.jobs import JOB, SYSTEM_WORKSPACE, Job
from conduyt_kit.kernel.retention import Retention, clean_up
from tests.kernel.conftest import NOW
from tests.kernel.drained import DrainedPlugin, drain
from tests.kernel.fleet import FleetPlugin

DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)
KEEP = Retention(jobs=7 * DAY, events=30 * DAY)


@pytest.fixture
def kit(clock: FrozenClock) -> Kit:
    return Kit.build(plugins=[FleetPlugin(), DrainedPlugin()], clock=clock)


def put(kit: Kit, *records: Any, workspace: str = "ws_a") -> None:
    transaction = kit.environment.storage.begin(workspace, write=True)
    specs = {spec.type: spec for spec in (JOB, EVENT, IDEMPOTENT_REPLY)}
    transaction.insert([(specs[type(record)], record) for record in records])
    transaction.commit()


def left(kit: Kit, spec: Any, workspace: str = "ws_a") -> set[str]:
    with kit.unit_of_work(workspace, write=False) as unit:
        return {record.id for record in unit.repository(spec).all()}


def job(id: str, **values: Any) -> Job:
    return Job(**{"id": id, "kind": "fleet.gone", "due_at": NOW - 90 * DAY, "max_attempts": 3, "created_at": NOW - 90 * DAY, **values})


def test_only_jobs_done_before_their_time_are_deleted(kit: Kit) -> None:
    put(
        kit,
        job("old", state="done", finished_at=NOW - 7 * DAY - TICK),
        job("young", state="done", finished_at=NOW - 7 * DAY),
        job("failed", state="failed", finished_at=NOW - 90 * DAY),
        job("queued"),
        job("running", state="running", lease_until=NOW - 60 * DAY, lease_token="dead"),
    )

    assert clean_up(kit.environment, KEEP) == 1

    assert left(kit, JOB) == {"young", "failed", "queued", "running"}


def test_old_events_of_every_workspace_are_deleted(kit: Kit) -> None:
    for workspace in ("ws_a", "ws_b"):
        old = Happened(id="old", name="ship.docked", occurred_at=NOW - 30 * DAY - TICK)
        young = Happened(id="young", name="ship.docked", occurred_at=NOW - 30 * DAY)
        put(kit, old, young, workspace=workspace)

    assert clean_up(kit.environment, KEEP) == 2

    assert left(kit, EVENT) == left(kit, EVENT, "ws_b") == {"young"}


def test_more_than_one_chunk_is_deleted(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conduyt_kit.kernel.retention._CHUNK", 3)
    put(kit, *(job(str(number), state="done", finished_at=NOW - 8 * DAY) for number in range(7)))

    assert clean_up(kit.environment, KEEP) == 7

    assert left(kit, JOB) == set()


def test_a_served_slot_outlives_a_short_retention_so_that_it_is_not_served_twice(kit: Kit, clock: FrozenClock) -> None:
    scheduler = kit.scheduler()
    scheduler.tick()
    drain(kit)
    clock.advance(dt.timedelta(hours=6))

    clean_up(kit.environment, Retention(jobs=dt.timedelta(hours=1)))

    assert kit.scheduler().tick() == 0


def test_the_clean_up_is_a_scheduled_job_that_reads_the_settings(clock: FrozenClock) -> None:
    kit = Kit.build({"retention": {"jobs": 3 * DAY.total_seconds()}}, plugins=[FleetPlugin(), DrainedPlugin()], clock=clock)
    put(kit, job("old", state="done", finished_at=NOW - 4 * DAY), job("young", state="done", finished_at=NOW - 2 * DAY))

    kit.start(work=True)

    assert left(kit, JOB) == {"young"}
    with kit.unit_of_work(SYSTEM_WORKSPACE, write=False) as unit:
        cleaning = unit.repository(JOB).first_where(kind="kernel.clean_up")
        assert cleaning is not None
        assert cleaning.state == "done"


def test_kept_replies_are_deleted_after_their_time(kit: Kit) -> None:
    for name, age in (("old", KEPT_FOR + TICK), ("young", KEPT_FOR)):
        put(kit, IdempotentReply(id=name, fingerprint="f", status=201, created_at=NOW - age))

    assert clean_up(kit.environment, KEEP) == 1

    assert left(kit, IDEMPOTENT_REPLY) == {"young"}
