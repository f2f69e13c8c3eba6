"""Running durable jobs: claim, lease, fencing, retry. Every job runner (inline, in process, on a broker) uses this.

A worker that lost its lease cannot commit: each unit of work of a job checks, as the last thing in its transaction, that the row
still carries the worker's token, and renews the lease with the same statement.
"""

import datetime as dt
import logging
import secrets

import attrs

from conduyt_kit.kernel.context import Actor, Context
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import ConduytError, LeaseLost, Temporary
from conduyt_kit.kernel.events import AFTER, EVENT
from conduyt_kit.kernel.jobs import JOB, GiveUp, Job, JobSpec, RetryLater
from conduyt_kit.kernel.query import AllOf, Compare, Op
from conduyt_kit.kernel.transactions import Transaction
from conduyt_kit.kernel.unit_of_work import DELIVER_EVENT, UnitOfWork

_log = logging.getLogger("conduyt.jobs")

LONGEST_ERROR = 2000

DEFAULT_LEASE = dt.timedelta(seconds=25)


@attrs.frozen(kw_only=True)
class JobRun:
    """One attempt at a job, as its `JobSpec.run` is given it.

    `job.attempt` is 1 at the first attempt. Effects belong into units of work made here: each is fenced by the job's lease.
    """

    environment: Environment
    workspace: str
    job: Job
    spec: JobSpec

    def unit_of_work(self, *, finishes: bool = False) -> UnitOfWork:
        """Open a unit of work in the job's workspace, for its actor.

        Its commit renews the lease, or raises `LeaseLost` (and rolls back) if another worker has taken the job over. With
        `finishes`, the commit also marks the job done, so that effect and completion are one.
        """
        unit = UnitOfWork(
            self.environment,
            Context(
                workspace=self.workspace,
                actor=Actor(id=self.job.actor_id, name=self.job.actor_name),
                correlation_id=self.job.correlation_id or self.job.id,
                causation=tuple(self.job.causation),
            ),
        )
        unit.before_commit(self._finish if finishes else self._renew)
        return unit

    def _renew(self, transaction: Transaction) -> None:
        lease_until = self.environment.clock.now() + self.spec.lease
        self._guarded(transaction, {"lease_until": lease_until})

    def _finish(self, transaction: Transaction) -> None:
        self._guarded(transaction, _done(self.environment.clock.now()))

    def _guarded(self, transaction: Transaction, changes: dict[str, object]) -> None:
        if not transaction.update(JOB, self.job.id, changes, expected=_held(self.job)):
            raise LeaseLost(f"job {self.job.id} was taken over by another worker")


class JobExecutor:
    """Claims and runs due jobs. Safe to use from many threads and processes at once."""

    def __init__(self, environment: Environment, *, per_workspace: int = 4) -> None:
        self._environment = environment
        self._per_workspace = per_workspace

    def run_due(self, *, limit: int = 20, jobs: tuple[tuple[str, str], ...] = ()) -> int:
        """Claim up to `limit` due jobs, or those of `jobs` that are due, run them one after the other, return how many ran."""
        claimed = self.claim(limit=limit, jobs=jobs)
        for workspace, job in claimed:
            self.run(workspace, job)
        return len(claimed)

    def claim(self, *, limit: int, jobs: tuple[tuple[str, str], ...] = ()) -> tuple[tuple[str, Job], ...]:
        """Claim due jobs for `run`; each must be run promptly, since its lease has begun."""
        now = self._environment.clock.now()
        return self._environment.storage.claim(
            now=now,
            lease_until=now + DEFAULT_LEASE,
            token=secrets.token_hex(16),
            limit=limit,
            per_workspace=self._per_workspace,
            jobs=jobs,
        )

    def run(self, workspace: str, job: Job) -> None:
        """Run a claimed job to its end or failure; never raises for what the job does."""
        spec = self._environment.jobs.get(job.kind)
        if spec is None:
            self._set_aside(workspace, job, f"No enabled feature runs jobs of the kind {job.kind!r}")
            return
        if job.attempt > job.max_attempts:
            # Its last permitted attempt took the worker down with it.
            self._set_aside(workspace, job, f"The worker died during attempt {job.max_attempts}")
            return
        if job.attempt > 1 and not self._update(workspace, job, {"last_error": _unfinished(job.attempt)}):
            _log.warning("job %s (%s) was taken over by another worker", job.id, job.kind)
            return
        run = JobRun(environment=self._environment, workspace=workspace, job=job, spec=spec)
        try:
            spec.run(run)
            self._update(workspace, job, _done(self._environment.clock.now()))
        except LeaseLost:
            _log.warning("job %s (%s) was taken over by another worker", job.id, job.kind)
        except RetryLater as later:
            self._retry(workspace, job, later.reason, later.after)
        except GiveUp as reason:
            self._set_aside(workspace, job, str(reason))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a job raises is that job's failure, never the worker's
            _log.exception("job %s (%s) failed in attempt %d", job.id, job.kind, job.attempt)
            self._retry(workspace, job, _text(error), self._wait(spec, job, error))

    def is_suspect(self, job: Job) -> bool:
        """Whether a claimed job's last attempt, at least its second, ended with the death of the worker, as far as can be told.

        It may be what kills. Jobs that die together are due again together, so unless a runner keeps suspects apart, a job that
        kills takes the same others with it until their attempts are used up as well.
        """
        # Every other end of an attempt leaves an error.
        silent = job.last_error is None or job.last_error == _unfinished(job.attempt - 1)
        return 2 < job.attempt <= job.max_attempts and silent

    def renew(self, workspace: str, job: Job) -> bool:
        """Prolong the lease of a claimed job that still runs; return False if the job is over or another worker's."""
        spec = self._environment.jobs.get(job.kind)
        lease = spec.lease if spec is not None else DEFAULT_LEASE
        return self._update(workspace, job, {"lease_until": self._environment.clock.now() + lease})

    def release(self, workspace: str, job: Job, *, after: dt.timedelta | None = None) -> None:
        """Give a claimed job back unrun, without counting the attempt; due at once, or after a wait."""
        changes: dict[str, object] = {"state": "queued", "attempt": job.attempt - 1, "lease_until": None, "lease_token": None}
        if after is not None:
            changes["due_at"] = self._environment.clock.now() + after
        self._update(workspace, job, changes)

    def _wait(self, spec: JobSpec, job: Job, error: BaseException) -> dt.timedelta:
        asked = error.retry_after if isinstance(error, Temporary) else None
        return dt.timedelta(seconds=asked) if asked is not None else spec.retry(job.attempt)

    def _retry(self, workspace: str, job: Job, reason: str, after: dt.timedelta) -> None:
        if job.attempt >= job.max_attempts:
            self._set_aside(workspace, job, reason)
            return
        due_at = self._environment.clock.now() + after
        changes = {"state": "queued", "due_at": due_at, "lease_until": None, "lease_token": None, "last_error": reason[:LONGEST_ERROR]}
        self._update(workspace, job, changes)

    def _set_aside(self, workspace: str, job: Job, reason: str) -> None:
        _log.error("job %s (%s) is set aside: %s", job.id, job.kind, reason)
        now = self._environment.clock.now()
        changes = {"state": "failed", "finished_at": now, "lease_until": None, "lease_token": None, "last_error": reason[:LONGEST_ERROR]}
        self._update(workspace, job, changes)

    def _update(self, workspace: str, job: Job, changes: dict[str, object]) -> bool:
        transaction = self._environment.storage.begin(workspace, write=True)
        try:
            done = transaction.update(JOB, job.id, changes, expected=_held(job))
            transaction.commit()
        except BaseException:
            transaction.rollback()
            raise
        return done


def deliver_event(run: JobRun) -> None:
    """Tell one `AFTER` subscription of one event: the job that every event with such a subscription causes."""
    name = run.job.args["subscription"]
    with run.unit_of_work(finishes=True) as unit:
        happened = unit.repository(EVENT).get(run.job.args["event"])
        for subscription in run.environment.events.subscribers(happened.name, AFTER):
            if subscription.name == name:
                subscription.handler(unit, happened)
                return
        raise GiveUp(f"The subscription {name!r} no longer exists")


DELIVERY_JOB = JobSpec(kind=DELIVER_EVENT, run=deliver_event, max_attempts=10)


def _held(job: Job) -> AllOf:
    return AllOf((Compare("lease_token", Op.EQ, job.lease_token), Compare("state", Op.EQ, "running")))


def _done(now: dt.datetime) -> dict[str, object]:
    return {"state": "done", "finished_at": now, "lease_until": None, "lease_token": None, "last_error": None}


def _unfinished(attempt: int) -> str:
    # Written before the attempt, since whoever dies in it can write nothing; the outcome of the attempt replaces it.
    return f"Attempt {attempt} has begun and nothing was heard of its end"


def _text(error: BaseException) -> str:
    return error.message if isinstance(error, ConduytError) else f"{type(error).__name__}: {error}"
