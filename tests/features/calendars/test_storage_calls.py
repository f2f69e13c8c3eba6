from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.testing.counting import CountingStorage
from tests.features.calendars.office import WORKDAYS, add_calendar, add_link, appoint, appointment
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin


class CountingPlugin(KitPlugin):
    name: ClassVar[str] = "counting"

    def __init__(self, storage: CountingStorage) -> None:
        self._storage = storage

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=STORAGE, name="counting", make=lambda _: self._storage)]


class Counted:
    """A calendar with an appointment and a booking link, and what a call costs."""

    def __init__(self, api: Api, storage: CountingStorage) -> None:
        self.api, self._storage = api, storage
        self.calendar = add_calendar(api, availability=WORKDAYS)
        self.appointment = appoint(api, self.calendar, "09:00", "09:30")["id"]
        self.slug = add_link(api, self.calendar)["slug"]

    def cost(self, method: str, path: str, body: Any = None) -> dict[str, int]:
        """Return the storage calls of an API call, by operation."""
        self._storage.clear()
        path = path.format(calendar=self.calendar, appointment=self.appointment, slug=self.slug)
        assert self.api.call(method, path, body).status in (200, 201, 204)
        return dict(self._storage.calls)


@pytest.fixture
def counted(clock: FrozenClock) -> Iterator[Counted]:
    storage = CountingStorage(MemoryStorage())
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with Kit.build(settings, plugins=[TestAuthPlugin(), CountingPlugin(storage)], clock=clock) as kit:
        yield Counted(Api(kit, "admin-ws_a"), storage)


@pytest.mark.parametrize(
    ("path", "calls"),
    [
        ("/calendars", {"find": 1}),
        ("/calendars/{calendar}", {"get": 1}),
        ("/calendars/{calendar}/appointments", {"get": 1, "find": 1}),
        ("/calendars/{calendar}/appointments?start=2026-03-16&end=2026-03-17&status=scheduled", {"get": 1, "find": 1}),
        ("/calendars/{calendar}/appointments/{appointment}", {"get": 1}),
        ("/calendars/{calendar}/availability", {"get": 1, "find": 1}),
        ("/calendars/{calendar}/booking-links", {"get": 1, "find": 1}),
        ("/booking/{slug}", {"locate": 1, "get": 1, "find": 1}),
    ],
)
def test_reading_costs_the_same_however_much_there_is(counted: Counted, path: str, calls: dict[str, int]) -> None:
    assert counted.cost("GET", path) == {**calls, "commit": 1}

    for hour in range(10, 16):
        appoint(counted.api, counted.calendar, f"{hour}:00", f"{hour}:30")
        add_link(counted.api, counted.calendar)

    assert counted.cost("GET", path) == {**calls, "commit": 1}


def test_appointment_costs_the_lock_the_question_and_one_insert(counted: Counted) -> None:
    cost = counted.cost("POST", "/calendars/{calendar}/appointments", appointment("10:00", "10:30"))

    assert cost == {"get": 1, "find": 1, "insert": 1, "commit": 1}


def test_move_asks_for_overlaps_and_an_edit_does_not(counted: Counted) -> None:
    path = "/calendars/{calendar}/appointments/{appointment}"

    assert counted.cost("PATCH", path, {"endTime": "2026-03-16T09:45:00Z"}) == {"get": 2, "find": 1, "update": 1, "insert": 1, "commit": 1}
    assert counted.cost("PATCH", path, {"title": "Other"}) == {"get": 2, "update": 1, "insert": 1, "commit": 1}


def test_booking_by_a_known_contact_makes_one_insert(counted: Counted) -> None:
    guest = {"name": "Sarah Kim", "email": "sarah@example.org"}
    counted.api.post("/contacts", {"firstName": "Sarah", "lastName": "Kim", "email": "sarah@example.org"})

    cost = counted.cost("POST", "/booking/{slug}", {"startTime": "2026-03-16T10:00:00Z", **guest})

    assert cost == {"locate": 1, "get": 2, "lock": 1, "find": 2, "insert": 1, "commit": 1}
