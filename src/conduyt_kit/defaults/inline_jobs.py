"""Inline jobs: run where they are enqueued, or when told. For tests, scripts and embedding without a worker."""

from collections.abc import Callable, Sequence

from conduyt_kit.kernel.runs import JobExecutor
from conduyt_kit.kernel.schedules import Scheduler


class InlineJobs:
    """A `JobRunner` without threads: `drain` runs everything that is due; with `eager`, every hint does so at once.

    Eager is what a script or an embedding application without a worker wants; tests mostly drain when they look.
    """

    def __init__(self, executor: Callable[[], JobExecutor], scheduler: Callable[[], Scheduler], *, eager: bool = True) -> None:
        self._executor = executor
        self._scheduler = scheduler
        self._eager = eager
        self._running = False

    def hint(self, jobs: Sequence[tuple[str, str]]) -> None:
        # A job that enqueues jobs hints from inside a drain, which will get to them.
        if self._eager and jobs and not self._running:
            self.drain()

    def drain(self, *, most: int = 10_000) -> int:
        """Run due jobs, and those they cause, until none is due or `most` have run; return how many ran."""
        self._running = True
        try:
            ran = 0
            while ran < most and (number := self._executor().run_due(limit=50)):
                ran += number
            return ran
        finally:
            self._running = False

    def start(self) -> None:
        self._scheduler().tick()
        self.drain()

    def stop(self, timeout: float) -> None:
        """Do nothing: nothing runs between calls."""

    def check(self) -> str:
        return "jobs run inline, in the process that enqueues them"
