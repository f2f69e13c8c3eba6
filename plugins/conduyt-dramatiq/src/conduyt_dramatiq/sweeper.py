"""The thread that finds due jobs: at once when the bell rings, and every few seconds without it.

Hints are doorbells, not orders: whichever job rang, the fair claim says who is next. A queue of hints is first come, first served, so
obeying them would let one busy workspace keep all others waiting.
"""

import logging
import random
import threading
import time

import attrs

from conduyt_dramatiq.pool import WorkerPool
from conduyt_kit.kernel.runs import JobExecutor
from conduyt_kit.kernel.schedules import Scheduler

_log = logging.getLogger("conduyt.jobs")

TICK = 1.0
"""Seconds between two looks at the schedules."""


@attrs.frozen
class Pauses:
    """Seconds between two looks: the shortest after something was found, then twice as long each time, up to the longest."""

    shortest: float
    longest: float


class Sweeper:
    """Claims due jobs for the free threads of a pool and ticks the schedules, on a thread of its own.

    Setting `bell` makes it look now: a hint has come, or a thread has become free.
    """

    def __init__(self, executor: JobExecutor, scheduler: Scheduler, pool: WorkerPool, bell: threading.Event, pauses: Pauses) -> None:
        self._executor = executor
        self._scheduler = scheduler
        self._pool = pool
        self._bell = bell
        self._pauses = pauses
        self._pause = pauses.shortest
        self._next_tick = 0.0
        self._broken = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="conduyt-sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Claim nothing more."""
        self._stopping = True
        self._bell.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping:
            self._look()
            # Several processes that started together should not look together.
            self._bell.wait(self._pause * random.uniform(0.8, 1))  # noqa: S311 - spreads load, hides nothing
            self._bell.clear()

    def _look(self) -> None:
        try:
            self._tick()
            found = self._claim()
        except Exception:  # noqa: BLE001 - whatever is wrong with the database now, it may be right at the next look
            if not self._broken:
                _log.exception("due jobs cannot be looked for; trying again every %g s", self._pauses.longest)
            self._broken = True
            self._pause = self._pauses.longest
            return
        self._broken = False
        self._pause = self._pauses.shortest if found else min(2 * self._pause, self._pauses.longest)

    def _tick(self) -> None:
        now = time.monotonic()
        if now >= self._next_tick:
            self._next_tick = now + TICK
            self._scheduler.tick()

    def _claim(self) -> int:
        """Claim until nothing is due or no thread is free: one claim takes only a few jobs of each workspace."""
        found = 0
        while not self._stopping and (free := self._pool.free):
            claimed = self._executor.claim(limit=free)
            if not claimed:
                break
            found += len(claimed)
            self._pool.run(claimed)
        return found
