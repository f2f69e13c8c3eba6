"""Sample calls for `conduyt demo`."""

import datetime as dt
from typing import Any

from conduyt_kit.features.calls.service import Calls
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_CALLS = (
    ("outbound", "completed", 412, "Walked through the offer; wants two changes.", 30),
    ("inbound", "completed", 95, "Asked for the invoice address.", 55),
    ("outbound", "voicemail", 20, None, 80),
    ("inbound", "missed", None, None, 130),
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Log calls with the first contacts."""
    for contact, (direction, status, duration, notes, hours) in zip(shared.get("contacts") or (), _CALLS, strict=False):
        unit[Calls].create(
            contact_id=contact.id,
            direction=direction,
            status=status,
            duration=duration,
            notes=notes,
            started_at=unit.now - dt.timedelta(hours=hours),
        )
