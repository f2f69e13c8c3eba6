import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.dashboard import span_of
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import storage_plugins
from tests.features.bulk.batches import found_workspace
from tests.features.calls import Api
from tests.features.conftest import NOW, TestAuthPlugin
from tests.features.dashboard.letters import LETTER, kit_with_letters
from tests.features.records import WORKSPACE
from tests.features.sales import add_contact, add_deal, add_pipeline, made

DAY = dt.timedelta(days=1)
EMPTY = {
    "contacts": {"total": 0, "new": 0, "trend": 0},
    "deals": {"open": 0, "totalValue": 0, "wonThisPeriod": 0, "wonValue": 0, "winRate": 0},
    "tasks": {"pending": 0, "overdue": 0, "completedThisPeriod": 0},
    "messages": {"sent": 0, "received": 0, "responseRate": 0},
    "period": "30d",
}


def stats(api: Api, period: str = "") -> dict[str, Any]:
    status, body = api.get("/dashboard/stats" + (f"?period={period}" if period else ""))
    assert status == 200, body
    assert isinstance(body, dict)
    return body


def contacts_made(kit: Kit, clock: FrozenClock, at: dt.datetime, number: int) -> None:
    now = clock.now()
    clock.move_to(at)
    with kit.unit_of_work(WORKSPACE) as unit:
        for _ in range(number):
            unit[Contacts].create(first_name="P", last_name="Q")
    clock.move_to(now)


def test_empty_workspace_has_zeros_everywhere(api: Api) -> None:
    assert stats(api) == EMPTY


@pytest.mark.parametrize("period", ["7d", "30d", "90d", "ytd"])
def test_period_is_echoed(api: Api, period: str) -> None:
    assert stats(api, period) == EMPTY | {"period": period}


@pytest.mark.parametrize("period", ["1d", "30", "30D", "year", "0d", "-7d"])
def test_other_periods_are_refused(api: Api, period: str) -> None:
    answer = api.get(f"/dashboard/stats?period={period}")

    assert (answer.status, answer.body["error"]["code"]) == (400, "invalid_request")
    assert answer.body["error"]["details"] == [{"field": "period", "message": "Must be one of 7d, 30d, 90d, ytd"}]


def test_period_is_so_many_times_24_hours_and_the_year_begins_in_utc() -> None:
    spans = {period: span_of(period, NOW) for period in ("7d", "30d", "90d", "ytd")}

    assert {period: span.start for period, span in spans.items()} == {
        "7d": NOW - 7 * DAY,
        "30d": NOW - 30 * DAY,
        "90d": NOW - 90 * DAY,
        "ytd": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    }
    assert spans["7d"].before == NOW - 14 * DAY
    assert spans["ytd"].before == dt.datetime(2026, 1, 1, tzinfo=dt.UTC) - (NOW - dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def test_year_so_far_begins_in_utc_wherever_the_clock_is() -> None:
    east = dt.datetime(2026, 1, 1, 3, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))

    assert span_of("ytd", east).start == dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def test_trend_compares_with_the_period_before(kit: Kit, api: Api, clock: FrozenClock) -> None:
    contacts_made(kit, clock, NOW - 100 * DAY, 3)
    contacts_made(kit, clock, NOW - 45 * DAY, 25)
    contacts_made(kit, clock, NOW - 10 * DAY, 28)

    assert stats(api)["contacts"] == {"total": 56, "new": 28, "trend": 0.12}
    assert stats(api, "7d")["contacts"] == {"total": 56, "new": 0, "trend": -1}
    assert stats(api, "ytd")["contacts"] == {"total": 56, "new": 53, "trend": 16.67}


def test_trend_without_a_base_is_zero(kit: Kit, api: Api, clock: FrozenClock) -> None:
    contacts_made(kit, clock, NOW - 61 * DAY, 5)
    contacts_made(kit, clock, NOW, 2)

    assert stats(api)["contacts"] == {"total": 7, "new": 2, "trend": 0}


def test_start_of_a_period_belongs_to_it(kit: Kit, api: Api, clock: FrozenClock) -> None:
    start = NOW - 30 * DAY
    contacts_made(kit, clock, start, 1)
    contacts_made(kit, clock, start - dt.timedelta(microseconds=1), 2)
    contacts_made(kit, clock, start - 30 * DAY, 2)
    contacts_made(kit, clock, start - 30 * DAY - dt.timedelta(microseconds=1), 9)

    assert stats(api)["contacts"] == {"total": 14, "new": 1, "trend": -0.75}


def test_deals_are_counted_by_status_and_closing_time(kit: Kit, api: Api, clock: FrozenClock) -> None:
    found_workspace(kit)
    pipeline = add_pipeline(api)
    deals = [add_deal(api, pipeline, value=value) for value in (100, 200.5, 1000, 2000, 4000, 8000)]
    for deal, status, days in zip(deals[2:], ("won", "won", "lost", "won"), (40, 5, 3, 1), strict=True):
        clock.move_to(NOW - days * DAY)
        api.patch(f"/deals/{deal['id']}", {"status": status})
    clock.move_to(NOW)

    expected = {"open": 2, "totalValue": 300.5, "wonThisPeriod": 2, "wonValue": 10000, "winRate": 0.67}
    assert stats(api)["deals"] == expected
    assert stats(api, "90d")["deals"] == expected | {"wonThisPeriod": 3, "wonValue": 11000, "winRate": 0.75}


def test_reopened_deal_counts_as_open_only(kit: Kit, api: Api) -> None:
    found_workspace(kit)
    deal = add_deal(api, add_pipeline(api), value=7, status="won")
    assert stats(api)["deals"] == {"open": 0, "totalValue": 0, "wonThisPeriod": 1, "wonValue": 7, "winRate": 1}

    api.patch(f"/deals/{deal['id']}", {"status": "open"})

    assert stats(api)["deals"] == {"open": 1, "totalValue": 7, "wonThisPeriod": 0, "wonValue": 0, "winRate": 0}


def test_rates_and_sums_are_rounded_half_up(kit: Kit, api: Api) -> None:
    found_workspace(kit)
    pipeline = add_pipeline(api)
    for status, number in (("won", 5), ("lost", 3)):
        for _ in range(number):
            add_deal(api, pipeline, value=0.005, status=status)
    add_deal(api, pipeline, value=1.0049)

    # 5 of 8 are 0.625, five times 0.005 are 0.025.
    assert stats(api)["deals"] == {"open": 1, "totalValue": 1, "wonThisPeriod": 5, "wonValue": 0.03, "winRate": 0.63}


def test_open_deals_agree_with_the_pipelines(kit: Kit, api: Api) -> None:
    found_workspace(kit)
    pipelines = [add_pipeline(api), add_pipeline(api, "Cargo")]
    for value, pipeline in ((100, 0), (250, 1), (50, 1)):
        add_deal(api, pipelines[pipeline], value=value)
    add_deal(api, pipelines[0], value=9, status="lost")

    shown = api.get("/pipelines").body["data"]

    deals = stats(api)["deals"]
    assert (deals["open"], deals["totalValue"]) == (sum(p["dealCount"] for p in shown), sum(p["totalValue"] for p in shown)) == (3, 400)


def test_pending_tasks_leave_out_the_overdue(api: Api, clock: FrozenClock) -> None:
    due = [None, NOW + DAY, NOW, NOW - DAY, NOW - 2 * DAY]
    tasks = [made(api, "/tasks", {"title": "x", "dueDate": at and at.isoformat()}) for at in due]
    assert stats(api)["tasks"] == {"pending": 3, "overdue": 2, "completedThisPeriod": 0}

    clock.move_to(NOW - 8 * DAY)
    api.patch(f"/tasks/{tasks[3]['id']}", {"status": "completed"})
    clock.move_to(NOW)
    api.patch(f"/tasks/{tasks[0]['id']}", {"status": "completed"})

    assert stats(api)["tasks"] == {"pending": 2, "overdue": 1, "completedThisPeriod": 2}
    assert stats(api, "7d")["tasks"] == {"pending": 2, "overdue": 1, "completedThisPeriod": 1}
    clock.advance(dt.timedelta(seconds=1))
    assert stats(api)["tasks"] == {"pending": 1, "overdue": 2, "completedThisPeriod": 2}


def test_figures_are_of_ones_own_workspace(kit: Kit, api: Api, other_api: Api) -> None:
    found_workspace(kit)
    contact = add_contact(api)
    add_deal(api, add_pipeline(api))
    made(api, "/tasks", {"title": "x", "contactId": contact["id"]})

    assert stats(other_api) == EMPTY


class TestMessages:
    @pytest.fixture
    def kit(self, tmp_path: Path, clock: FrozenClock) -> Iterator[Kit]:
        with storage_plugins(tmp_path) as plugins, kit_with_letters(clock, *plugins) as kit:
            yield kit

    def write(self, kit: Kit, *letters: tuple[str | None, str, float | None]) -> None:
        with kit.unit_of_work(WORKSPACE) as unit:
            for contact, direction, days in letters:
                at = None if days is None else NOW - dt.timedelta(days=days)
                unit.repository(LETTER).create(contact_id=contact, direction=direction, sent_at=at)

    def test_rate_is_of_contacts_written_to_who_answered(self, kit: Kit, api: Api) -> None:
        asked, silent, eager, stranger = (add_contact(api)["id"] for _ in range(4))
        self.write(
            kit,
            *((asked, "outbound", days) for days in (9, 8, 7)),
            *((asked, "inbound", days) for days in (6, 5)),
            (silent, "outbound", 4),
            (eager, "inbound", 5),
            (eager, "outbound", 4),
            (stranger, "inbound", 3),
        )

        assert stats(api)["messages"] == {"sent": 5, "received": 4, "responseRate": 0.33}

    def test_messages_of_the_period_count_alone(self, kit: Kit, api: Api) -> None:
        one, other = (add_contact(api)["id"] for _ in range(2))
        self.write(kit, (one, "outbound", 31), (one, "inbound", 29), (other, "outbound", 29), (other, "outbound", None))

        assert stats(api)["messages"] == {"sent": 1, "received": 1, "responseRate": 0}
        assert stats(api, "90d")["messages"] == {"sent": 2, "received": 1, "responseRate": 0.5}

    def test_message_without_a_contact_counts_in_no_rate(self, kit: Kit, api: Api) -> None:
        self.write(kit, (None, "outbound", 1), (None, "inbound", 0))

        assert stats(api)["messages"] == {"sent": 1, "received": 1, "responseRate": 0}


def test_features_that_are_left_out_count_nothing(clock: FrozenClock) -> None:
    options = {"rate_limit": "off", "providers": {"authentication": "test"}, "features": ["dashboard"]}
    with Kit.build(options, plugins=[TestAuthPlugin()], clock=clock) as kit:
        assert stats(Api(kit, "admin-ws_a")) == EMPTY


def test_largest_sums_are_exact(kit: Kit, api: Api) -> None:
    found_workspace(kit)
    pipeline = add_pipeline(api)
    for _ in range(3):
        add_deal(api, pipeline, value=1_000_000_000_000)

    assert Decimal(str(stats(api)["deals"]["totalValue"])) == Decimal(3_000_000_000_000)
