import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.features.calendars.office import add_calendar, add_link, appoint, appointment, stored
from tests.features.calls import Answer, Api

CALLERS = 20
ROUNDS = 3


def at_once(call: Callable[[int], Answer]) -> list[int]:
    """Make 20 calls at the same moment and return their statuses, sorted."""
    barrier = threading.Barrier(CALLERS)

    def run(number: int) -> int:
        barrier.wait(timeout=30)
        return call(number).status

    with ThreadPoolExecutor(CALLERS) as pool:
        return sorted(pool.map(run, range(CALLERS)))


def test_one_of_many_appointments_at_once_is_made(api: Api) -> None:
    for _ in range(ROUNDS):
        calendar = add_calendar(api)

        found = at_once(partial(schedule, api, calendar))

        assert found == [201] + [409] * (CALLERS - 1)
        assert len(stored(api, calendar)) == 1


def schedule(api: Api, calendar: str, number: int) -> Answer:
    return api.post(f"/calendars/{calendar}/appointments", appointment("09:00", f"10:{number:02}"))


def test_one_of_many_bookings_at_once_is_made(api: Api) -> None:
    calendar = add_calendar(api)

    found = at_once(partial(book, api, add_link(api, calendar)["slug"]))

    assert found == [201] + [409] * (CALLERS - 1)
    assert len(stored(api, calendar)) == 1
    assert api.get("/contacts").body["meta"]["total"] == 1


def book(api: Api, slug: str, number: int) -> Answer:
    guest = {"name": f"Guest {number}", "email": f"guest{number}@example.org"}
    return api.post(f"/booking/{slug}", {"startTime": "2026-03-16T09:00:00Z", **guest})


def test_one_of_many_moves_onto_one_time_is_made(api: Api) -> None:
    for _ in range(ROUNDS):
        calendar = add_calendar(api)
        made = [appoint(api, calendar, f"{3 + number:02}:00", f"{3 + number:02}:30")["id"] for number in range(CALLERS)]

        found = at_once(partial(move, api, calendar, made))

        assert found == [200] + [409] * (CALLERS - 1)
        assert [one["startTime"] for one in stored(api, calendar)].count("2026-03-16T02:00:00Z") == 1


def move(api: Api, calendar: str, ids: list[str], number: int) -> Answer:
    path = f"/calendars/{calendar}/appointments/{ids[number]}"
    return api.patch(path, {"startTime": "2026-03-16T02:00:00Z", "endTime": "2026-03-16T02:30:00Z"})
