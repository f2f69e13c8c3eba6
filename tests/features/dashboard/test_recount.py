"""Every figure, after random histories, against a recount of all records one by one."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit import Kit
from conduyt_kit.features.contacts import CONTACT, Contacts
from conduyt_kit.features.deals import DEAL, Deals
from conduyt_kit.features.pipelines import Pipelines
from conduyt_kit.features.tasks import TASK, Tasks
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from tests.features.bulk.batches import found_workspace
from tests.features.calls import Api
from tests.features.conftest import NOW
from tests.features.dashboard.letters import LETTER, kit_with_letters
from tests.features.records import WORKSPACE

DAY = dt.timedelta(days=1)
NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YEAR = NOW - NEW_YEAR
BACK = {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY, "ytd": YEAR}
TICK = dt.timedelta(microseconds=1)
EDGES = [edge + by for length in BACK.values() for edge in (length, 2 * length) for by in (TICK, 0 * TICK, -TICK)]
AGES = st.one_of(st.sampled_from([0 * DAY, *EDGES]), st.timedeltas(min_value=0 * DAY, max_value=200 * DAY))
PICK = st.integers(min_value=0, max_value=5)
STEPS = st.one_of(
    st.tuples(st.just("contact"), st.none(), st.none()),
    st.tuples(st.just("forget"), PICK, st.none()),
    st.tuples(st.just("deal"), st.sampled_from(["open", "won", "lost"]), st.decimals(0, 10_000, places=4)),
    st.tuples(st.just("close"), PICK, st.sampled_from(["open", "won", "lost"])),
    st.tuples(
        st.just("task"), st.none(), st.one_of(st.none(), st.sampled_from([NOW, NOW - TICK, NOW + TICK]), AGES.map(lambda a: NOW - a))
    ),
    st.tuples(st.just("finish"), PICK, st.sampled_from(["pending", "completed"])),
    st.tuples(st.just("letter"), PICK, st.sampled_from(["inbound", "outbound"])),
)
HISTORIES = st.lists(st.tuples(AGES, STEPS), max_size=25)


@settings(max_examples=60, deadline=None)
@given(history=HISTORIES)
def test_figures_equal_a_recount_after_any_history(history: list[tuple[dt.timedelta, tuple[str, Any, Any]]]) -> None:
    clock = FrozenClock(NOW - 1000 * DAY)
    with kit_with_letters(clock) as kit:
        found_workspace(kit)
        with kit.unit_of_work(WORKSPACE) as unit:
            pipeline = unit[Pipelines].create(name="Charter", stages=[{"name": "Lead"}])
        for age, step in sorted(history, key=lambda entry: entry[0], reverse=True):
            clock.move_to(NOW - age)
            with kit.unit_of_work(WORKSPACE) as unit:
                happen(unit, pipeline.id, *step)
        clock.move_to(NOW)
        api = Api(kit, "admin-ws_a")

        for period, back in BACK.items():
            assert api.get(f"/dashboard/stats?period={period}").body == {**recount(kit, NOW - back, NOW - 2 * back), "period": period}


def happen(unit: UnitOfWork, pipeline: str, what: str, first: Any, second: Any) -> None:
    contacts = unit.repository(CONTACT).all(sort=("id",))
    deals, tasks = unit.repository(DEAL).all(sort=("id",)), unit.repository(TASK).all(sort=("id",))
    if what == "contact":
        unit[Contacts].create(first_name="P", last_name="Q")
    elif what == "deal":
        stage = unit[Pipelines].stages(pipeline)[0].id
        unit[Deals].create(name="D", value=second, pipeline_id=pipeline, stage_id=stage, status=first)
    elif what == "task":
        unit[Tasks].create(title="T", due_date=second)
    elif what == "close" and deals:
        unit[Deals].update(deals[first % len(deals)].id, {"status": second})
    elif what == "finish" and tasks:
        unit[Tasks].update(tasks[first % len(tasks)].id, {"status": second})
    elif what == "forget" and contacts:
        unit[Contacts].delete(contacts[first % len(contacts)].id)
    elif what == "letter" and contacts:
        unit.repository(LETTER).create(contact_id=contacts[first % len(contacts)].id, direction=second, sent_at=unit.now)


def recount(kit: Kit, start: dt.datetime, before: dt.datetime) -> dict[str, Any]:
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        contacts, deals = unit.repository(CONTACT).all(), unit.repository(DEAL).all()
        tasks, letters = unit.repository(TASK).all(), unit.repository(LETTER).all()
    new = len([c for c in contacts if c.created_at >= start])
    old = len([c for c in contacts if before <= c.created_at < start])
    opened = [d.value for d in deals if d.status == "open"]
    won, lost = ([d.value for d in deals if d.status == s and d.closed_at and d.closed_at >= start] for s in ("won", "lost"))
    undone = [t for t in tasks if t.status == "pending"]
    late = [t for t in undone if t.due_date is not None and t.due_date < NOW]
    recent = [letter for letter in letters if letter.sent_at is not None and letter.sent_at >= start]
    return {
        "contacts": {"total": len(contacts), "new": new, "trend": share(new - old, old)},
        "deals": {
            "open": len(opened),
            "totalValue": rounded(sum(opened, Decimal(0))),
            "wonThisPeriod": len(won),
            "wonValue": rounded(sum(won, Decimal(0))),
            "winRate": share(len(won), len(won) + len(lost)),
        },
        "tasks": {
            "pending": len(undone) - len(late),
            "overdue": len(late),
            "completedThisPeriod": len([t for t in tasks if t.completed_at is not None and t.completed_at >= start]),
        },
        "messages": {
            "sent": len([letter for letter in recent if letter.direction == "outbound"]),
            "received": len([letter for letter in recent if letter.direction == "inbound"]),
            "responseRate": answered(recent),
        },
    }


def answered(recent: list[Any]) -> float:
    asked, replied = set(), set()
    for letter in recent:
        if letter.direction == "outbound":
            asked.add(letter.contact_id)
            later = [other for other in recent if other.contact_id == letter.contact_id and other.sent_at >= letter.sent_at]
            if any(other.direction == "inbound" for other in later):
                replied.add(letter.contact_id)
    return share(len(replied), len(asked))


def share(part: int, whole: int) -> float:
    return rounded(Decimal(part) / Decimal(whole)) if whole else 0


def rounded(value: Decimal) -> float:
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))
