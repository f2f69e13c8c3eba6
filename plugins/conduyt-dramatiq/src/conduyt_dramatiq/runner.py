"""`DramatiqJobs`: the job runner for one process or many."""

import threading
import time
from collections.abc import Callable, Sequence

from conduyt_dramatiq import doorbell
from conduyt_dramatiq.doorbell import HintReceiver, HintSender
from conduyt_dramatiq.leases import HeldJobs, LeaseKeeper
from conduyt_dramatiq.pool import WorkerPool
from conduyt_dramatiq.settings import BrokerSettings
from conduyt_dramatiq.sweeper import Pauses, Sweeper
from conduyt_kit.kernel.runs import JobExecutor
from conduyt_kit.kernel.schedules import Scheduler

SHORTEST_PAUSE = 0.2
"""Seconds between two sweeps of a process without a broker while there is something to do."""


class DramatiqJobs:
    """A `JobRunner` with worker threads over the durable jobs table, and hints over Redis or RabbitMQ where a broker is set.

    Several may live in one process: each has brokers of its own. Nothing is opened before the first hint or `start`.

    Attributes:
        threads: how many jobs run at once; may be changed before `start`.
    """

    def __init__(self, executor: Callable[[], JobExecutor], scheduler: Callable[[], Scheduler], settings: BrokerSettings) -> None:
        self.threads = settings.threads
        self._executor = executor
        self._scheduler = scheduler
        self._settings = settings
        self._bell = threading.Event()
        self._sender = None if settings.in_process else HintSender(settings.url.reveal(), settings.queue)
        self._work: _Work | None = None

    def hint(self, jobs: Sequence[tuple[str, str]]) -> None:
        if self._sender is not None:
            self._sender.send(jobs)
        elif jobs:
            self._bell.set()

    def start(self) -> None:
        if self._work is None:
            self._work = _Work(self._executor(), self._scheduler(), self._settings, self._bell, self.threads)
            self._work.start()

    def stop(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        work, self._work = self._work, None
        if work is not None:
            work.stop(deadline)
        if self._sender is not None:
            self._sender.stop(min(2.0, _left(deadline)))

    def check(self) -> str:
        if self._settings.in_process:
            return "jobs run in process, without a broker"
        return doorbell.check(self._settings.url.reveal())


class _Work:
    """What runs while a process works: the pool, the sweeper, the leases, and with a broker the receiver of hints."""

    def __init__(self, executor: JobExecutor, scheduler: Scheduler, settings: BrokerSettings, bell: threading.Event, threads: int) -> None:
        jobs = HeldJobs()
        self._pool = WorkerPool(executor, jobs, threads=threads, freed=bell.set)
        self._leases = LeaseKeeper(executor, jobs)
        self._sweeper = Sweeper(executor, scheduler, self._pool, bell, _pauses(settings))
        self._receiver: HintReceiver | None = None
        if not settings.in_process:
            self._receiver = HintReceiver(settings.url.reveal(), settings.queue, self._pool, bell)

    def start(self) -> None:
        self._leases.start()
        self._pool.start()
        self._sweeper.start()
        if self._receiver is not None:
            self._receiver.start()

    def stop(self, deadline: float) -> None:
        # The leases are renewed until the last job has finished or the time is up.
        self._sweeper.stop(_left(deadline))
        if self._receiver is not None:
            self._receiver.stop(min(2.0, _left(deadline)))
        self._pool.stop(_left(deadline))
        self._leases.stop(_left(deadline))


def _pauses(settings: BrokerSettings) -> Pauses:
    # Without a broker, a job that another process enqueued is found by looking only, so it is looked for more often.
    longest = settings.sweep_seconds
    return Pauses(min(SHORTEST_PAUSE, longest) if settings.in_process else longest, longest)


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
