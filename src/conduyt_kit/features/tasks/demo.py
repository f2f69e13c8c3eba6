"""Sample tasks for `conduyt demo`."""

import datetime as dt
from itertools import cycle
from typing import Any

from conduyt_kit.features.tasks.service import Tasks
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_TASKS = (
    ("Send the revised proposal", "high", 2),
    ("Ask for the floor plan", "medium", 5),
    ("Call back about delivery dates", "high", -1),
    ("Prepare the kickoff meeting", "low", 12),
    ("Check references", "medium", -4),
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create tasks, two of them overdue and one done."""
    contacts, deals = cycle(shared.get("contacts") or [None]), cycle(shared.get("deals") or [None])
    tasks = unit[Tasks]
    made = []
    for title, priority, days in _TASKS:
        contact, deal = next(contacts), next(deals)
        made.append(
            tasks.create(
                title=title,
                priority=priority,
                due_date=unit.now + dt.timedelta(days=days),
                contact_id=contact.id if contact else None,
                deal_id=deal.id if deal else None,
            )
        )
    tasks.update(made[1].id, {"status": "completed"})
