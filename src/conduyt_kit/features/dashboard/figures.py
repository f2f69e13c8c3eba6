"""The figures of the dashboard, as R101 and A29 define them.

Each is one aggregate over a range of an index: of the contacts, closed deals, completed tasks and messages of the period (and the one
before), of the open deals, of the open tasks. All contacts are counted by the number that the storage keeps. Where a feature is left
out, its figures are 0.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from conduyt_kit.features.dashboard.periods import Period, Span, span_of
from conduyt_kit.features.dashboard.views import ContactFigures, DashboardView, DealFigures, MessageFigures, TaskFigures
from conduyt_kit.features.tasks.overdue import having_status
from conduyt_kit.kernel.money import round_half_up
from conduyt_kit.kernel.query import Aggregate, Compare, Function, Group, Measure, Op, Where, both, where
from conduyt_kit.kernel.repository import Repository
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Dashboard:
    """A workspace in numbers."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def figures(self, period: Period) -> DashboardView:
        """Return the figures of the period that ends now, in seven storage calls at most.

        Amounts are added up as they are, whatever their currency.
        """
        span = span_of(period, self._unit.now)
        return DashboardView(
            contacts=self._contacts(span), deals=self._deals(span), tasks=self._tasks(span), messages=self._messages(span), period=period
        )

    def _contacts(self, span: Span) -> ContactFigures:
        contacts = self._unit.repository_named("contact")
        if contacts is None:
            return ContactFigures()
        new = Measure(name="new", where=Compare("created_at", Op.GE, span.start))
        before = Measure(name="before", where=Compare("created_at", Op.LT, span.start))
        found = _numbers(contacts, _within(Span(start=span.before, end=span.end), "created_at"), new, before)
        change = found["new"] - found["before"]
        return ContactFigures(total=contacts.count(), new=found["new"], trend=_rate(change, found["before"]))

    def _deals(self, span: Span) -> DealFigures:
        deals = self._unit.repository_named("deal")
        if deals is None:
            return DealFigures()
        value = Measure(name="value", function=Function.SUM, field="value")
        opened = _numbers(deals, where(status="open"), _COUNT, value)
        closed = _within(span, "closed_at", Compare("status", Op.IN, ("won", "lost")))
        by_status = {group.by["status"]: group.values for group in _groups(deals, closed, _COUNT, value, by="status")}
        won, lost = (by_status.get(status, {"count": 0, "value": Decimal(0)}) for status in ("won", "lost"))
        return DealFigures(
            open=opened["count"],
            total_value=round_half_up(opened["value"]),
            won_this_period=won["count"],
            won_value=round_half_up(won["value"]),
            win_rate=_rate(won["count"], won["count"] + lost["count"]),
        )

    def _tasks(self, span: Span) -> TaskFigures:
        tasks = self._unit.repository_named("task")
        if tasks is None:
            return TaskFigures()
        overdue = Measure(name="overdue", where=having_status("overdue", span.end))
        waiting = _numbers(tasks, where(status="pending"), _COUNT, overdue)
        completed = tasks.count(_within(span, "completed_at", having_status("completed", span.end)))
        return TaskFigures(pending=waiting["count"] - waiting["overdue"], overdue=waiting["overdue"], completed_this_period=completed)

    def _messages(self, span: Span) -> MessageFigures:
        messages = self._unit.repository_named("message")
        if messages is None:
            return MessageFigures()
        groups = _groups(messages, _within(span, "sent_at"), *_CORRESPONDENCE, by="contact_id")
        written_to = [group for group in groups if group.values["sent"] and group.by["contact_id"] is not None]
        return MessageFigures(
            sent=sum(group.values["sent"] for group in groups),
            received=sum(group.values["received"] for group in groups),
            response_rate=_rate(sum(map(_answered, written_to)), len(written_to)),
        )


_COUNT = Measure(name="count")

_OUTBOUND, _INBOUND = where(direction="outbound"), where(direction="inbound")
_CORRESPONDENCE = (
    Measure(name="sent", where=_OUTBOUND),
    Measure(name="received", where=_INBOUND),
    Measure(name="first_sent", function=Function.MIN, field="sent_at", where=_OUTBOUND),
    Measure(name="last_received", function=Function.MAX, field="sent_at", where=_INBOUND),
)


def _answered(group: Group) -> bool:
    # Who wrote before they were written to has not answered.
    last = group.values["last_received"]
    return last is not None and last >= group.values["first_sent"]


def _groups(repository: Repository[Any], condition: Where, *measures: Measure, by: str) -> tuple[Group, ...]:
    return repository.aggregate(Aggregate(measures=measures, where=condition, group_by=(by,)))


def _numbers(repository: Repository[Any], condition: Where, *measures: Measure) -> Mapping[str, Any]:
    return repository.aggregate(Aggregate(measures=measures, where=condition))[0].values


def _within(span: Span, field: str, condition: Where | None = None) -> Where:
    return both(condition, Compare(field, Op.GE, span.start), Compare(field, Op.LE, span.end))


def _rate(part: int, whole: int) -> Decimal:
    return round_half_up(Decimal(part) / whole) if whole else Decimal(0)
