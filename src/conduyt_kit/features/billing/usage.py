"""What a workspace uses of what its plan includes (R99)."""

import datetime as dt
from typing import Any

from conduyt_kit.features.users import Users
from conduyt_kit.kernel.query import Compare, Op, Where, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.plan_limits import LimitedResource


def used(unit: UnitOfWork, what: LimitedResource) -> int:
    """Return how much of something the workspace has, this unit's own additions included."""
    if what == "seats":
        return unit[Users].seats()
    if what == "contacts":
        contacts = unit.repository_named("contact")
        return contacts.count() if contacts else 0
    return messages_sent(unit)


def messages_sent(unit: UnitOfWork, channel: str | None = None) -> int:
    """Return the number of messages sent in the current calendar month (UTC), over one channel or all; those still queued count."""
    messages = unit.repository_named("message")
    if messages is None:
        return 0
    since = unit.now.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    wanted: dict[str, Any] = {"direction": "outbound"} if channel is None else {"direction": "outbound", "channel": channel}
    sent: Where = both(where(**wanted), Compare("created_at", Op.GE, since))
    return messages.count(sent)
