"""Rate limits counted in the memory of one process.

The library's own memory storage starts a timer thread every few milliseconds, which costs several times what a whole request does.
"""

import math
import threading
import time

import attrs
from limits import RateLimitItem

from conduyt_kit.kernel.responder import Allowance

MOST_KEYS = 50_000
"""How many counters are kept before the expired ones are dropped, so that callers cannot fill the memory with addresses."""


@attrs.define
class _Counter:
    """The requests of one key in the current window and in the one before."""

    window: int
    ends: float
    count: int = 0
    before: int = 0

    def move_to(self, window: int, ends: float) -> None:
        if window != self.window:
            self.before = self.count if window == self.window + 1 else 0
            self.window, self.ends, self.count = window, ends, 0


class SlidingWindows:
    """Counts per window, and lets the previous window weigh as much as it still overlaps the last `length` seconds."""

    def __init__(self) -> None:
        self._counters: dict[tuple[int, int, str], _Counter] = {}
        self._lock = threading.Lock()

    def hit(self, limit: RateLimitItem, key: str) -> Allowance:
        """Count one request under `key` and return the state; a refused request is not counted."""
        length, amount = limit.get_expiry(), limit.amount
        now = time.time()
        window = int(now // length)
        ends = (window + 1) * length
        with self._lock:
            counter = self._counter((amount, length, key), window, ends, now)
            used = counter.before * (ends - now) / length + counter.count
            allowed = used + 1 <= amount
            counter.count += allowed
            wait = ends - now if allowed else _wait(counter, amount, length, ends - now)
        remaining = max(0, int(amount - used - allowed))
        return Allowance(allowed=allowed, limit=amount, remaining=remaining, reset=max(1, math.ceil(wait)))

    def _counter(self, place: tuple[int, int, str], window: int, ends: float, now: float) -> _Counter:
        counter = self._counters.get(place)
        if counter is None:
            if len(self._counters) >= MOST_KEYS:
                self._drop_expired(now)
            counter = self._counters[place] = _Counter(window, ends)
        counter.move_to(window, ends)
        return counter

    def _drop_expired(self, now: float) -> None:
        # A counter matters until the window after its own has ended.
        kept = {place: counter for place, counter in self._counters.items() if counter.ends + place[1] > now}
        # Where none has expired, all are dropped: to forget is the smaller harm.
        self._counters = kept if len(kept) < MOST_KEYS else {}


def _wait(counter: _Counter, amount: int, length: int, left: float) -> float:
    """Return the seconds until the next request is allowed if none comes before; `left` is what remains of the window."""
    if counter.count + 1 <= amount:
        return left - length * (amount - 1 - counter.count) / counter.before
    return left + length * (1 - (amount - 1) / counter.count)
