"""Everything calendars offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.calendars.appointments import Appointments
from conduyt_kit.features.calendars.booking_endpoints import BOOKING_ENDPOINTS
from conduyt_kit.features.calendars.booking_links import BookingLinks
from conduyt_kit.features.calendars.demo import fill
from conduyt_kit.features.calendars.endpoints import APPOINTMENT_ENDPOINTS, CALENDAR_ENDPOINTS
from conduyt_kit.features.calendars.entities import APPOINTMENT, BOOKING_LINK, CALENDAR
from conduyt_kit.features.calendars.events import AppointmentCancelled, AppointmentScheduled
from conduyt_kit.features.calendars.service import Calendars

CALENDARS = FeatureSpec(
    name="calendars",
    description="Calendars with appointments, free slots and public booking",
    requires=("workspaces", "contacts"),
    entities=(CALENDAR, APPOINTMENT, BOOKING_LINK),
    services=(Calendars, Appointments, BookingLinks),
    endpoints=(*CALENDAR_ENDPOINTS, *APPOINTMENT_ENDPOINTS, *BOOKING_ENDPOINTS),
    events=(AppointmentScheduled, AppointmentCancelled),
    demo=DemoSpec(fill=fill),
)
