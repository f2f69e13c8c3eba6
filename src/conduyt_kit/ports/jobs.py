"""The port for running durable jobs.

The jobs table is the truth; a runner only decides where and when `JobExecutor.run_due` is called. Its broker carries hints. Losing
every hint must lose nothing: a runner that works also sweeps for due jobs, at least every few seconds.
"""

from collections.abc import Sequence
from typing import Protocol

from conduyt_kit.kernel.environment import Port


class JobRunner(Protocol):
    """Runs durable jobs somewhere."""

    def hint(self, jobs: Sequence[tuple[str, str]]) -> None:
        """Tell whoever works that these (workspace, job id) have been committed and are due.

        Called after the commit, on the request's thread: it must be quick and must never raise; a lost hint costs only the wait for
        the next sweep.
        """

    def start(self) -> None:
        """Begin to work in this process: react to hints, sweep for due jobs, tick the schedules. Returns at once."""

    def stop(self, timeout: float) -> None:
        """Stop working within `timeout` seconds: running jobs finish or are left to their lease, claimed ones are released."""

    def check(self) -> str:
        """Return a sentence on the runner's health.

        Raises:
            Unavailable: the broker cannot be reached; jobs wait for the sweep.
        """


JOB_RUNNER: Port[JobRunner] = Port("jobs", "where durable jobs run")
