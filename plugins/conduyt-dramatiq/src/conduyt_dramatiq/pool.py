"""The threads that run claimed jobs: a dramatiq worker on a broker in memory, with one generic actor."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence

import dramatiq

from conduyt_dramatiq.brokers import local_broker
from conduyt_dramatiq.leases import HeldJobs, Key
from conduyt_kit.kernel.jobs import Job
from conduyt_kit.kernel.runs import JobExecutor

BESIDE_A_SUSPECT = dt.timedelta(seconds=1)
"""How soon a job is looked at again that was given back because a suspect runs."""
PROBATION = 10.0
"""Seconds after which a suspect that still runs no longer keeps others waiting."""

_log = logging.getLogger("conduyt.jobs")

ACTOR = "conduyt.run_job"
_IDLE_MS = 100
"""How soon an idle dramatiq thread notices that it is to stop; messages wake it at once."""


class WorkerPool:
    """Runs claimed jobs on `threads` threads.

    No more jobs are taken than can begin at once: an attempt is counted at the claim, so a job that waited in a queue here while
    another one killed the process would be blamed for it.
    """

    def __init__(self, executor: JobExecutor, jobs: HeldJobs, *, threads: int, freed: Callable[[], None]) -> None:
        self._executor = executor
        self._jobs = jobs
        self._threads = threads
        self._freed = freed
        self._probation = _Probation(jobs)
        self._broker = local_broker()
        self._run_job = dramatiq.actor(broker=self._broker, actor_name=ACTOR, queue_name="claimed")(self._run)
        self._worker = dramatiq.Worker(self._broker, worker_threads=threads, worker_timeout=_IDLE_MS)

    def start(self) -> None:
        self._broker.emit_after("process_boot")
        self._worker.start()

    @property
    def free(self) -> int:
        """How many jobs could begin right now."""
        return max(0, self._threads - len(self._jobs))

    def wait_for_room(self, timeout: float) -> bool:
        """Wait until a job could begin; return whether one could."""
        return self._jobs.wait_for_fewer(self._threads, timeout)

    def run(self, claimed: Sequence[tuple[str, Job]]) -> None:
        """Hand claimed jobs to the threads; give back what must not run beside a suspect."""
        suspects_first = sorted(claimed, key=lambda item: not self._executor.is_suspect(item[1]))
        admitted = [self._jobs.add(workspace, job).key for workspace, job in suspects_first if self._admits(workspace, job)]
        for key in admitted:
            self._run_job.send(*key)

    def _admits(self, workspace: str, job: Job) -> bool:
        if job.attempt == 1:
            return True
        if self._probation.is_over():
            if self._executor.is_suspect(job):
                self._probation.begin((workspace, job.id, job.lease_token or ""))
            return True
        self._release(workspace, job, after=BESIDE_A_SUSPECT)
        return False

    def stop(self, timeout: float) -> None:
        """Give back what has not begun, and wait for what has; what takes longer is left to its lease."""
        deadline = time.monotonic() + timeout
        for held in self._jobs.take_unstarted():
            self._release(held.workspace, held.job)
        self._jobs.wait_for_fewer(1, timeout)
        self._worker.stop(timeout=max(1, int(1000 * (deadline - time.monotonic()))))
        self._broker.close()

    def _run(self, workspace: str, job_id: str, token: str) -> None:
        key = (workspace, job_id, token)
        held = self._jobs.start(key)
        if held is None:
            return
        try:
            self._executor.run(workspace, held.job)
        except Exception:  # noqa: BLE001 - the database is gone, perhaps for a moment; the thread is needed for other jobs
            _log.exception("the outcome of job %s could not be written; it is run again when its lease ends", job_id)
        finally:
            self._jobs.drop(key)
            self._freed()

    def _release(self, workspace: str, job: Job, *, after: dt.timedelta | None = None) -> None:
        try:
            self._executor.release(workspace, job, after=after)
        except Exception:  # noqa: BLE001 - the others are to be given back all the same
            _log.exception("job %s could not be given back; it is run again when its lease ends", job.id)


class _Probation:
    """The time for which a job that may have killed its worker runs without any that died before, lest it kill them once more."""

    def __init__(self, jobs: HeldJobs) -> None:
        self._jobs = jobs
        self._suspect: Key | None = None
        self._since = 0.0

    def begin(self, suspect: Key) -> None:
        self._suspect, self._since = suspect, time.monotonic()

    def is_over(self) -> bool:
        """Whether the last suspect has ended, or has run for long enough to be trusted."""
        return self._suspect is None or not self._jobs.holds(self._suspect) or time.monotonic() - self._since > PROBATION
