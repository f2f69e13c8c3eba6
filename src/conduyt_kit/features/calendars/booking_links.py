"""Booking links and what anybody does with one: see what is free, and book it (X15)."""

import datetime as dt
import secrets
from typing import Any

from conduyt_kit.features.calendars import availability
from conduyt_kit.features.calendars.appointments import Appointments
from conduyt_kit.features.calendars.availability import Span
from conduyt_kit.features.calendars.entities import BOOKING_LINK, CALENDAR, TAKEN_SLUG, Appointment, BookingLink, Calendar
from conduyt_kit.features.calendars.service import Calendars
from conduyt_kit.features.contacts import Contact, Contacts
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import Conflict, NotFound, ValidationFailed
from conduyt_kit.kernel.transactions import Located
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KitSettings

PAGE = "/b/:slug"
_LONGEST_TITLE = 200


class BookingLinks:
    """The booking links of a workspace's calendars."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._links = unit.repository(BOOKING_LINK)

    def create(self, calendar_id: str, *, title: str, slug: str | None = None, slot_duration: int | None = None) -> BookingLink:
        """Create a link; without `slug` it gets one of the title and random characters.

        Raises:
            NotFound: no such calendar.
            ValidationFailed: the slug is taken, in this workspace or another.
        """
        calendar = self._unit[Calendars].get(calendar_id)
        if slug is not None and self._unit.environment.storage.locate(BOOKING_LINK, "slug", slug):
            raise ValidationFailed.on("slug", TAKEN_SLUG)
        address = slug or f"{ids.slug(title, fallback='meeting').replace('_', '-')[:40].strip('-')}-{secrets.token_hex(4)}"
        return self._links.create(calendar_id=calendar.id, title=title, slug=address, slot_duration=slot_duration)

    def delete(self, calendar_id: str, id: str) -> None:
        """Delete a link. What was booked with it stays.

        Raises:
            NotFound: no such link of that calendar.
        """
        link = self._links.get_for_update(id)
        if link.calendar_id != calendar_id:
            raise NotFound.of(BOOKING_LINK.name, id)
        self._links.remove(link)

    def url(self, link: BookingLink) -> str:
        """Return the address of the page on which people book."""
        return self._unit.settings(KitSettings).public_url.rstrip("/") + PAGE.replace(":slug", link.slug)

    def offered(self, link: BookingLink, calendar: Calendar, start: dt.datetime, end: dt.datetime) -> list[Span]:
        """Return the free slots between two moments that are still to come."""
        return self._unit[Calendars].free_slots(calendar, max(start, self._unit.now), end, link.minutes(calendar))

    def book(
        self, link: BookingLink, *, start_time: dt.datetime, name: str, email: str, phone: str | None = None, notes: str | None = None
    ) -> Appointment:
        """Book an offered slot by its start. A contact with this address is matched and stays as it is, since anybody may type any
        address; else one is made.

        Raises:
            Conflict: the slot is not offered, is over, or was booked by somebody else.
        """
        calendar = self._unit.repository(CALENDAR).get_for_update(link.calendar_id)
        end_time = start_time + dt.timedelta(minutes=link.minutes(calendar))
        offered = list(availability.slots(calendar, start_time, end_time, link.minutes(calendar)))
        if start_time < self._unit.now or offered != [Span(start_time, end_time)]:
            raise Conflict("This time is not offered; choose one of the free ones")
        return self._unit[Appointments].create(
            calendar.id,
            start_time=start_time,
            end_time=end_time,
            title=f"{link.title} - {name}"[:_LONGEST_TITLE],
            contact_id=self._contact(name, email, phone).id,
            notes=notes or None,
        )

    def _contact(self, name: str, email: str, phone: str | None) -> Contact:
        contacts = self._unit[Contacts]
        contacts.lock_addresses([ids.fold(email)])
        known = contacts.with_email(email)
        if known is not None:
            return known.record
        first, _, last = name.partition(" ")
        values: dict[str, Any] = {"first_name": first, "last_name": last.strip(), "phone": phone, "source": "booking"}
        return contacts.upsert_by_email(email=email, **values)[0]


def located_link(environment: Environment, slug: str) -> Located:
    """Return the booking link with this slug and its workspace; of two made at the same moment, the older one.

    Raises:
        NotFound: there is none.
    """
    located = environment.storage.locate(BOOKING_LINK, "slug", slug.lower())
    found = sorted(located, key=lambda item: (item.record.created_at, item.record.id))
    if not found:
        raise NotFound("There is no booking link with this address")
    return found[0]
