"""The use cases of appointments. Whoever claims time in a calendar locks the calendar first, so that claims are judged one by one."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.calendars import availability
from conduyt_kit.features.calendars.availability import Span
from conduyt_kit.features.calendars.entities import APPOINTMENT, CALENDAR, LONGEST_APPOINTMENT, Appointment, Calendar
from conduyt_kit.features.calendars.events import AppointmentCancelled, AppointmentScheduled
from conduyt_kit.kernel.encoding import timestamp
from conduyt_kit.kernel.errors import Conflict, NotFound, ValidationFailed
from conduyt_kit.kernel.query import Compare, Op, Where, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Appointments:
    """Appointments of a workspace's calendars."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._appointments = unit.repository(APPOINTMENT)

    def get(self, calendar_id: str, id: str) -> Appointment:
        """Return an appointment of a calendar.

        Raises:
            NotFound: no such calendar, or no such appointment in it.
        """
        found = self._appointments.find(id)
        if found is None or found.calendar_id != calendar_id:
            raise NotFound.of("appointment", id)
        return found

    def create(self, calendar_id: str, *, start_time: dt.datetime, end_time: dt.datetime, **values: Any) -> Appointment:
        """Schedule an appointment (R64).

        Raises:
            NotFound: no such calendar.
            Conflict: the time is outside the calendar's windows, or another scheduled appointment overlaps it (A24).
            ValidationFailed: the end is not after the start or more than a year later, or, at the latest at the flush, the contact
                does not exist.
        """
        calendar = self._locked(calendar_id)
        self._require_possible(calendar, start_time, end_time)
        made = self._appointments.create(calendar_id=calendar.id, start_time=start_time, end_time=end_time, **values)
        self._unit.emit(AppointmentScheduled(**_told(made)))
        return made

    def update(self, calendar_id: str, id: str, changes: Mapping[str, Any]) -> Appointment:
        """Change the given fields (X13). Moving an appointment, and scheduling a cancelled one again, is judged as `create` is;
        cancelling frees the time.

        Raises:
            NotFound: no such calendar, or no such appointment in it.
            Conflict, ValidationFailed: as for `create`.
        """
        calendar = self._locked(calendar_id)
        before = self._in(calendar, id)
        self._check_claim(calendar, before, changes)
        changed = self._appointments.change(before, **changes)
        if changed.status != before.status and changed.status != "completed":
            event = AppointmentScheduled if changed.status == "scheduled" else AppointmentCancelled
            self._unit.emit(event(**_told(changed)))
        return changed

    def delete(self, calendar_id: str, id: str) -> None:
        """Delete an appointment (X13).

        Raises:
            NotFound: no such calendar, or no such appointment in it.
        """
        self._appointments.remove(self._in(self._locked(calendar_id), id))

    def taken(self, calendar_id: str, start: dt.datetime, end: dt.datetime) -> list[Span]:
        """Return when scheduled appointments claim time between two moments."""
        claims = both(where(calendar_id=calendar_id, status="scheduled"), overlapping(start, end))
        return [Span(found.start_time, found.end_time) for found in self._appointments.all(claims, sort=("start_time",))]

    def _locked(self, calendar_id: str) -> Calendar:
        return self._unit.repository(CALENDAR).get_for_update(calendar_id)

    def _in(self, calendar: Calendar, id: str) -> Appointment:
        found = self._appointments.get_for_update(id)
        if found.calendar_id != calendar.id:
            raise NotFound.of("appointment", id)
        return found

    def _check_claim(self, calendar: Calendar, before: Appointment, changes: Mapping[str, Any]) -> None:
        claim = [changes.get(name, getattr(before, name)) for name in ("start_time", "end_time", "status")]
        start, end, status = claim
        if claim == [before.start_time, before.end_time, before.status]:
            return
        if status == "scheduled":
            self._require_possible(calendar, start, end, but=before.id)
        else:
            _require_length(start, end)

    def _require_possible(self, calendar: Calendar, start: dt.datetime, end: dt.datetime, *, but: str | None = None) -> None:
        _require_length(start, end)
        if not availability.covers(calendar, start, end):
            raise Conflict(
                f"The time from {timestamp(start)} to {timestamp(end)} is outside the calendar's availability (zone {calendar.timezone})"
            )
        others = both(
            where(calendar_id=calendar.id, status="scheduled"),
            overlapping(start, end),
            Compare("id", Op.NE, but) if but else None,
        )
        other = self._appointments.first(others, sort=("start_time",))
        if other is not None:
            raise Conflict(f"Overlaps another appointment, from {timestamp(other.start_time)} to {timestamp(other.end_time)}")


def overlapping(start: dt.datetime | None, end: dt.datetime | None) -> Where:
    """Return the condition for appointments that overlap ``[start, end)``; ``None`` leaves that side open (R65).

    None lasts longer than a year, so those that began earlier need not be looked at: an index answers from both sides.
    """
    return both(
        Compare("start_time", Op.LT, end) if end else None,
        Compare("end_time", Op.GT, start) if start else None,
        Compare("start_time", Op.GE, start - LONGEST_APPOINTMENT) if start else None,
    )


def _require_length(start: dt.datetime, end: dt.datetime) -> None:
    if end <= start:
        raise ValidationFailed.on("endTime", "Must be after startTime")
    if end - start > LONGEST_APPOINTMENT:
        raise ValidationFailed.on("endTime", f"Must be at most {LONGEST_APPOINTMENT.days} days after startTime")


def _told(appointment: Appointment) -> dict[str, Any]:
    return {
        "appointment_id": appointment.id,
        "calendar_id": appointment.calendar_id,
        "title": appointment.title,
        "start_time": appointment.start_time,
        "end_time": appointment.end_time,
        "contact_id": appointment.contact_id,
    }
