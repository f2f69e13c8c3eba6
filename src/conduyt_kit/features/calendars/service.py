"""The use cases of calendars themselves."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.calendars import availability
from conduyt_kit.features.calendars.appointments import Appointments
from conduyt_kit.features.calendars.availability import Span
from conduyt_kit.features.calendars.entities import CALENDAR, DEFAULT_SLOT, Availability, Calendar
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Calendars:
    """Calendars of a workspace, and when they are free."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._calendars = unit.repository(CALENDAR)

    def get(self, id: str) -> Calendar:
        """Return a calendar.

        Raises:
            NotFound: no such calendar.
        """
        return self._calendars.get(id)

    def create(self, *, name: str, timezone: str, slot_duration: int | None = None, availability: Availability | None = None) -> Calendar:
        """Create a calendar; slots are of 30 minutes unless given (R62), and any time is free without `availability` (A24)."""
        return self._calendars.create(name=name, timezone=timezone, slot_duration=slot_duration or DEFAULT_SLOT, availability=availability)

    def update(self, id: str, changes: Mapping[str, Any]) -> Calendar:
        """Change the given fields (R16). Appointments made before stay as they are, inside the windows or not.

        Raises:
            NotFound: no such calendar.
        """
        wanted = dict(changes)
        if "slot_duration" in wanted:
            wanted["slot_duration"] = wanted["slot_duration"] or DEFAULT_SLOT
        return self._calendars.change(self._calendars.get_for_update(id), **wanted)

    def delete(self, id: str) -> None:
        """Delete a calendar with its appointments and booking links (X12).

        Raises:
            NotFound: no such calendar.
        """
        self._calendars.remove(self._calendars.get_for_update(id))

    def free_slots(self, calendar: Calendar, start: dt.datetime, end: dt.datetime, minutes: int | None = None) -> list[Span]:
        """Return the free slots between two moments, of the calendar's duration unless given (X14)."""
        taken = self._unit[Appointments].taken(calendar.id, start, end)
        return list(availability.free_slots(calendar, start, end, minutes or calendar.slot_duration, taken))
