"""Durable jobs: everything asynchronous is a row, written in the transaction that caused it.

The row is the truth; a broker only carries the hint that it exists. A worker claims a row for a lease with a fencing token,
attempts are counted at the claim, and every write a job makes checks that its token is still the row's.
"""

import datetime as dt
import random
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.fields import stored

JobState = Literal["queued", "running", "done", "failed"]

SYSTEM_WORKSPACE = "system"
"""The workspace of jobs that belong to the installation: schedules, clean-up."""


@attrs.frozen(kw_only=True)
class Job:
    """One durable job.

    `key` makes a job unique among the unfinished and finished ones of its kind: enqueuing the same key twice enqueues once.
    `attempt` counts claims, so that a job that kills its worker is set aside after `max_attempts` like any other failure.
    """

    id: str
    kind: str
    key: str | None = None
    args: dict[str, Any] = attrs.field(factory=dict)
    state: JobState = "queued"
    due_at: dt.datetime
    attempt: int = 0
    max_attempts: int
    lease_until: dt.datetime | None = None
    lease_token: str | None = attrs.field(default=None, metadata=stored(hidden=True))
    last_error: str | None = None
    actor_id: str | None = None
    actor_name: str | None = None
    correlation_id: str | None = None
    causation: list[str] = attrs.field(factory=list)
    created_at: dt.datetime
    finished_at: dt.datetime | None = None


JOB: EntitySpec[Job] = entity(
    Job,
    name="job",
    new_id=ids.sortable("job_"),
    unique=[Unique(fields=("kind", "key"), field="key", message="A job with this key exists")],
    indexes=[("state", "due_at"), ("kind", "created_at"), ("finished_at",)],
    sort=("-created_at",),
    events=False,
    audited=False,
    counted=False,
)
"""The specification of the jobs table; its rows are claimed across workspaces by `Storage.claim`."""


class RetrySchedule(Protocol):
    """Says when a failed attempt is tried again."""

    def __call__(self, attempt: int) -> dt.timedelta:
        """Return the wait after the given failed attempt (1, 2, ...)."""


@attrs.frozen(kw_only=True)
class ExponentialBackoff:
    """Waits that double from `first` up to `longest`, each varied by up to `jitter` of itself."""

    first: dt.timedelta = dt.timedelta(seconds=5)
    longest: dt.timedelta = dt.timedelta(hours=1)
    jitter: float = 0.2

    def __call__(self, attempt: int) -> dt.timedelta:
        wait = min(self.longest, self.first * 2 ** min(attempt - 1, 30))
        spread = random.uniform(-self.jitter, self.jitter)  # noqa: S311 - spreads load, hides nothing
        return dt.timedelta(seconds=wait.total_seconds() * (1 + spread))


@attrs.frozen(kw_only=True)
class JobSpec:
    """A kind of job that a feature or plugin offers.

    Args:
        kind: the stable name, prefixed by its feature: ``"contacts.import"``.
        run: called with a `runs.JobRun`; returns when done, raises to fail. May be called again after a crash at any point, so
            each unit of work in it must be idempotent by the job's id or key.
        max_attempts: claims before the job is set aside as failed.
        retry: waits between attempts.
        lease: how long a worker may go without a sign of life before another takes over. Every unit of work of the job renews it, and
            a runner with threads does so while its process lives, so a job may take far longer.
    """

    kind: str
    run: Callable[[Any], None]
    max_attempts: int = 5
    retry: RetrySchedule = ExponentialBackoff()
    lease: dt.timedelta = dt.timedelta(seconds=25)


class RetryLater(Exception):
    """Raised by a job to be run again at a given time, or after a wait, without counting as a failure of its own making.

    The attempt still counts against `max_attempts`.
    """

    def __init__(self, reason: str, *, after: dt.timedelta) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class GiveUp(Exception):
    """Raised by a job that must not be tried again; it is set aside as failed with this reason."""


@attrs.frozen(kw_only=True)
class NewJob:
    """A job to be enqueued with the current unit of work.

    `due_at` is now when omitted. `key` as in `Job`.
    """

    kind: str
    args: Mapping[str, Any] = attrs.field(factory=dict)
    key: str | None = None
    due_at: dt.datetime | None = None
    as_actor: bool = False
    """Whether the job acts for the current actor, so that its changes are logged in that name (an import, a bulk operation)."""
