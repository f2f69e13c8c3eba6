"""What the dashboard shows (R101). Sums and rates are rounded half-up to 2 decimals."""

from decimal import Decimal

import attrs

from conduyt_kit.features.dashboard.periods import Period

NONE = Decimal(0)


@attrs.frozen(kw_only=True)
class ContactFigures:
    """All contacts; those created in the period; their change against the period before, as a share of that one, 0 without one."""

    total: int = 0
    new: int = 0
    trend: Decimal = NONE


@attrs.frozen(kw_only=True)
class DealFigures:
    """Open deals and their value; deals closed as won in the period, their value, and their share of the closed ones."""

    open: int = 0
    total_value: Decimal = NONE
    won_this_period: int = 0
    won_value: Decimal = NONE
    win_rate: Decimal = NONE


@attrs.frozen(kw_only=True)
class TaskFigures:
    """Open tasks that are not overdue; overdue ones; those completed in the period."""

    pending: int = 0
    overdue: int = 0
    completed_this_period: int = 0


@attrs.frozen(kw_only=True)
class MessageFigures:
    """Messages of the period, and the share of the contacts written to who answered."""

    sent: int = 0
    received: int = 0
    response_rate: Decimal = NONE


@attrs.frozen(kw_only=True)
class DashboardView:
    """A workspace in numbers."""

    contacts: ContactFigures
    deals: DealFigures
    tasks: TaskFigures
    messages: MessageFigures
    period: Period
