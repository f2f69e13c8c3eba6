"""Rate limits: in memory per process, or by the library ``limits`` in Redis for all processes together."""

import functools
import time

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from conduyt_kit.defaults.sliding_windows import SlidingWindows
from conduyt_kit.kernel.responder import Allowance


class CountedRateLimits:
    """A `RateLimiter` over a storage such as ``memory://`` or ``redis://host:6379/0``.

    A Redis that cannot be reached lets requests through: limits protect the server, they do not decide who may use it.
    """

    def __init__(self, storage: str) -> None:
        self._windows = SlidingWindows() if storage == "memory://" else None
        self._storage = storage_from_string(storage)
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    def hit(self, limit: str, key: str) -> Allowance:
        item = _parsed(limit)
        if self._windows is not None:
            return self._windows.hit(item, key)
        try:
            allowed = self._limiter.hit(item, key)
            reset_at, remaining = self._limiter.get_window_stats(item, key)
        except self._storage.base_exceptions:
            return Allowance(allowed=True, limit=item.amount, remaining=item.amount, reset=0)
        return Allowance(allowed=allowed, limit=item.amount, remaining=remaining, reset=max(1, int(reset_at - time.time()) + 1))


@functools.lru_cache(maxsize=256)
def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)
