"""What appointments tell beside created, updated and deleted."""

import datetime as dt
from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class AppointmentEvent(Event):
    """What both of them carry."""

    entity: ClassVar[str | None] = "appointment"

    appointment_id: str
    calendar_id: str
    title: str
    start_time: dt.datetime
    end_time: dt.datetime
    contact_id: str | None


@attrs.frozen(kw_only=True)
class AppointmentScheduled(AppointmentEvent):
    name: ClassVar[str] = "appointment.scheduled"
    description: ClassVar[str] = "An appointment was scheduled, or a cancelled one scheduled again."


@attrs.frozen(kw_only=True)
class AppointmentCancelled(AppointmentEvent):
    name: ClassVar[str] = "appointment.cancelled"
    description: ClassVar[str] = "An appointment was cancelled; its time is free again."
