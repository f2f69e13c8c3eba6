"""Places for calls in flight: few per endpoint and per workspace, so that slow receivers fill no worker with themselves."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from conduyt_kit.kernel.errors import Temporary

LONGEST_WAIT = 0.2
"""Seconds to wait for a place before the caller is sent away: receivers that answer promptly free one within that time."""

_LONGEST_QUEUE = 300.0
_USUAL_DURATION = 0.1
_LARGEST_MEMORY = 10_000


class Turns:
    """Counts the calls in flight in this process, by endpoint and by workspace. Thread-safe.

    Who is sent away is told to come back when, judging by how long calls take there, those sent away before have had their turn.
    Without that, hundreds of deliveries to a dead endpoint would ask in vain every second.
    """

    def __init__(self, *, per_endpoint: int, per_workspace: int) -> None:
        self._per_endpoint = per_endpoint
        self._per_workspace = per_workspace
        self._in_flight: Counter[str] = Counter()
        self._durations: dict[str, float] = {}
        self._booked: dict[str, float] = {}
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, workspace: str, endpoint: str) -> Iterator[None]:
        """Hold a place.

        Raises:
            Temporary: all are taken.
        """
        places = ((f"w:{workspace}", self._per_workspace), (f"e:{workspace}:{endpoint}", self._per_endpoint))
        with self._changed:
            if not self._is_free(places) and (
                self._has_queue(places) or not self._changed.wait_for(lambda: self._is_free(places), LONGEST_WAIT)
            ):
                raise Temporary("Other calls to this address or of this workspace are in flight", retry_after=self._book(places))
            self._in_flight.update(name for name, _ in places)
        began = time.monotonic()
        try:
            yield
        finally:
            self._leave(places, time.monotonic() - began)

    def _is_free(self, places: tuple[tuple[str, int], ...]) -> bool:
        return all(self._in_flight[name] < most for name, most in places)

    def _has_queue(self, places: tuple[tuple[str, int], ...]) -> bool:
        # Where others were sent away, a place will not be free within moments; a thread that waited would be missed elsewhere.
        now = time.monotonic()
        return any(self._booked.get(name, 0.0) > now for name, _ in places)

    def _leave(self, places: tuple[tuple[str, int], ...], duration: float) -> None:
        with self._changed:
            for name, _ in places:
                self._in_flight[name] -= 1
                if not self._in_flight[name]:
                    del self._in_flight[name]
                self._durations[name] = 0.7 * self._durations.get(name, duration) + 0.3 * duration
            self._forget_some()
            self._changed.notify_all()

    def _book(self, places: tuple[tuple[str, int], ...]) -> float:
        now = time.monotonic()
        latest = 0.0
        for name, most in places:
            if self._in_flight[name] >= most:
                step = self._durations.get(name, _USUAL_DURATION) / most
                self._booked[name] = min(max(self._booked.get(name, 0.0), now) + step, now + _LONGEST_QUEUE)
                latest = max(latest, self._booked[name] - now)
        if latest < _LONGEST_QUEUE:
            return latest
        # The end of a very long queue is spread, or all of it would come back at once.
        return random.uniform(_LONGEST_QUEUE / 2, _LONGEST_QUEUE)  # noqa: S311 - spreads load, hides nothing

    def _forget_some(self) -> None:
        # Neither is needed for being right; an endpoint without a memory starts from the usual duration.
        for memory in (self._durations, self._booked):
            if len(memory) > _LARGEST_MEMORY:
                memory.clear()
