"""The jobs this process holds, and the thread that renews their leases while the process lives.

A job may take hours: its lease says that its worker is alive, not how long it may take. When the process is killed or stopped, the
renewals stop with it and another worker takes the job over.
"""

import logging
import threading

import attrs

from conduyt_kit.kernel.jobs import Job
from conduyt_kit.kernel.runs import JobExecutor

_log = logging.getLogger("conduyt.jobs")

BEAT = 5.0
"""Seconds between two renewals; four may fail before a lease of 25 s runs out."""

Key = tuple[str, str, str]
"""Workspace, job id and lease token: a process that slept may claim the job it still runs, and then holds it twice."""


@attrs.define
class Held:
    """A claimed job; `started` once a thread has taken it up."""

    workspace: str
    job: Job
    started: bool = False
    lost: bool = False

    @property
    def key(self) -> Key:
        return self.workspace, self.job.id, self.job.lease_token or ""


class HeldJobs:
    """The jobs this process has claimed and not finished. Thread-safe."""

    def __init__(self) -> None:
        self._held: dict[Key, Held] = {}
        self._lock = threading.Condition()

    def __len__(self) -> int:
        return len(self._held)

    def add(self, workspace: str, job: Job) -> Held:
        """Take note of a claimed job."""
        held = Held(workspace, job)
        with self._lock:
            self._held[held.key] = held
        return held

    def start(self, key: Key) -> Held | None:
        """Mark a job as taken up and return it; ``None`` if it was given back meanwhile."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                held.started = True
            return held

    def holds(self, key: Key) -> bool:
        """Whether a job has neither finished nor been given back."""
        return key in self._held

    def drop(self, key: Key) -> None:
        """Forget a job."""
        with self._lock:
            self._held.pop(key, None)
            self._lock.notify_all()

    def wait_for_fewer(self, than: int, timeout: float) -> bool:
        """Wait until this process holds fewer jobs than that; return whether it does."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self._held) < than, timeout)

    def take_unstarted(self) -> list[Held]:
        """Remove and return the jobs that no thread has taken up, so that none will."""
        with self._lock:
            unstarted = [held for held in self._held.values() if not held.started]
            for held in unstarted:
                del self._held[held.key]
            return unstarted

    def to_renew(self) -> list[Held]:
        """Return the jobs whose lease this process has, as far as it knows."""
        with self._lock:
            return [held for held in self._held.values() if not held.lost]


class LeaseKeeper:
    """Renews the leases of held jobs, every few seconds, on a thread of its own."""

    def __init__(self, executor: JobExecutor, jobs: HeldJobs, *, beat: float = BEAT) -> None:
        self._executor = executor
        self._jobs = jobs
        self._beat = beat
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="conduyt-leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Renew no more."""
        self._stopping.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.wait(self._beat):
            for held in self._jobs.to_renew():
                self._renew(held)

    def _renew(self, held: Held) -> None:
        try:
            held.lost = not self._executor.renew(held.workspace, held.job)
        except Exception as error:  # noqa: BLE001 - the database may be back for the next beat, well before the lease ends
            _log.warning("the lease of job %s could not be renewed: %s", held.job.id, error)
