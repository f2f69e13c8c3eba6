"""Calendars: appointments, the times when they are possible, and links under which anybody books one."""

from conduyt_kit.features.calendars.appointments import Appointments
from conduyt_kit.features.calendars.booking_links import BookingLinks
from conduyt_kit.features.calendars.entities import APPOINTMENT, BOOKING_LINK, CALENDAR, Appointment, BookingLink, Calendar, Window
from conduyt_kit.features.calendars.service import Calendars

__all__ = [
    "APPOINTMENT",
    "BOOKING_LINK",
    "CALENDAR",
    "Appointment",
    "Appointments",
    "BookingLink",
    "BookingLinks",
    "Calendar",
    "Calendars",
    "Window",
]
