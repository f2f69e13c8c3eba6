"""Inline jobs: run where they are enqueued, or when told. For tests, scripts and embedding without a worker."""

import logging
import threading
from collections.abc import Callable, Sequence

from conduyt_kit.kernel.runs import JobExecutor
from conduyt_kit.kernel.schedules import Scheduler

_log = logging.getLogger("conduyt.jobs")

_BATCH = 10
"""Jobs claimed at a time: few, since the lease of all begins with the claim and nothing renews it here."""


class InlineJobs:
    """A `JobRunner` without threads: `drain` runs everything that is due; with `eager`, every hint does so at once.

    Eager is what a script or an embedding application without a worker wants; tests mostly drain when they look. Only one thread
    drains at a time: jobs that others enqueue meanwhile, or the jobs themselves, are run by that one before it returns.
    """

    def __init__(self, executor: Callable[[], JobExecutor], scheduler: Callable[[], Scheduler], *, eager: bool = True) -> None:
        self._executor = executor
        self._scheduler = scheduler
        self._eager = eager
        self._draining = threading.Lock()
        self._asked = False

    def hint(self, jobs: Sequence[tuple[str, str]]) -> None:
        if not self._eager or not jobs:
            return
        try:
            self.drain()
        except Exception:  # noqa: BLE001 - the caller has committed; its jobs stay due
            _log.exception("due jobs could not be run; the next hint or drain tries again")

    def drain(self, *, most: int = 10_000) -> int:
        """Run due jobs, and those they cause, until none is due or `most` have run; return how many ran.

        Return 0 at once while a drain is under way; that one gets to what is due now.
        """
        # Said before the lock is tried, so that whoever holds it looks once more.
        self._asked = True
        ran = 0
        while self._asked and ran < most and self._draining.acquire(blocking=False):
            try:
                self._asked = False
                ran += self._run_due(most - ran)
            finally:
                self._draining.release()
        return ran

    def _run_due(self, most: int) -> int:
        executor = self._executor()
        ran = 0
        while ran < most and (number := executor.run_due(limit=min(_BATCH, most - ran))):
            ran += number
        return ran

    def start(self) -> None:
        self._scheduler().tick()
        self.drain()

    def stop(self, timeout: float) -> None:
        """Do nothing: nothing runs between calls."""

    def check(self) -> str:
        return "jobs run inline, in the process that enqueues them"
