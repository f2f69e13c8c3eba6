"""Sample calendars for `conduyt demo`."""

import datetime as dt
from itertools import cycle
from typing import Any

from conduyt_kit.features.calendars.appointments import Appointments
from conduyt_kit.features.calendars.booking_links import BookingLinks
from conduyt_kit.features.calendars.entities import WEEKDAYS, Window
from conduyt_kit.features.calendars.service import Calendars
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_OFFICE_DAY = [Window(start="09:00", end="12:30"), Window(start="13:30", end="17:00")]
_TITLES = ("Discovery call", "Demo", "Contract review", "Kick-off", "Quarterly review")


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create a calendar with office hours and a booking link and one that is always free, with appointments before and after today."""
    sales = unit[Calendars].create(name="Sales", timezone="America/New_York", availability=dict.fromkeys(WEEKDAYS[:5], _OFFICE_DAY))
    support = unit[Calendars].create(name="On-site support", timezone="Europe/Berlin", slot_duration=60)
    unit[BookingLinks].create(sales.id, title="Discovery call")
    contacts = cycle(shared.get("contacts") or [None])
    for days, title in zip((-21, -8, 1, 3, 8), _TITLES, strict=True):
        slots = unit[Calendars].free_slots(sales, unit.now + dt.timedelta(days=days), unit.now + dt.timedelta(days=days + 4))
        _appoint(unit, sales.id, title, slots[0].start, next(contacts), minutes=30, past=days < 0)
    noon = unit.now.replace(hour=12, minute=0, second=0, microsecond=0)
    for days, title in zip((-3, 2, 6), ("Router replacement", "Site survey", "Training"), strict=True):
        _appoint(unit, support.id, title, noon + dt.timedelta(days=days), next(contacts), minutes=90, past=days < 0)


def _appoint(unit: UnitOfWork, calendar_id: str, title: str, start: dt.datetime, contact: Any, *, minutes: int, past: bool) -> None:
    made = unit[Appointments].create(
        calendar_id,
        title=f"{title} - {contact.first_name} {contact.last_name}".strip() if contact else title,
        start_time=start,
        end_time=start + dt.timedelta(minutes=minutes),
        contact_id=contact.id if contact else None,
    )
    if past:
        unit[Appointments].update(calendar_id, made.id, {"status": "completed"})
