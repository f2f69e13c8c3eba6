"""One transaction with everything it must do besides: change tracking, audit, events, jobs.

A unit of work belongs to one workspace and one actor. Whatever a service does in it is captured, so the activity entries, events
and jobs are written with the rows, in the same commit: "every change is logged" and "no event without its commit" hold by
construction. Services never commit; who opened the unit does.
"""

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from conduyt_kit.kernel import cascade
from conduyt_kit.kernel.audit import ACTIVITY, ACTIVITY_SUBJECT, Action, Activity, ActivitySubject
from conduyt_kit.kernel.changes import Changes, diff, snapshot
from conduyt_kit.kernel.clock import UTC
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.environment import Environment, Port
from conduyt_kit.kernel.errors import (
    ConduytError,
    Conflict,
    OverlapViolation,
    ReferenceViolation,
    SpecError,
    UniqueViolation,
    ValidationFailed,
)
from conduyt_kit.kernel.events import AFTER, EVENT, INSIDE, Event, Happened
from conduyt_kit.kernel.jobs import JOB, Job, NewJob
from conduyt_kit.kernel.naming import camel
from conduyt_kit.kernel.repository import Repository
from conduyt_kit.kernel.transactions import Transaction

S = TypeVar("S")
E = TypeVar("E")

DELIVER_EVENT = "events.deliver"
"""The kind of the job that tells one `AFTER` subscription of one event."""

LONGEST_CHAIN = 10
"""How many `INSIDE` subscriptions may set each other off; more is a loop."""


class UnitOfWork:
    """Reads and writes of one workspace, committed or undone as a whole. Not thread-safe.

    Use it as a context manager (commits at the end, rolls back on an exception), or call `commit` and `rollback`.

    Attributes:
        context: workspace, actor, scopes.
        now: the time of this unit, the same for everything in it.
        events: the events that happened in it so far.
        jobs: the jobs it enqueued so far.
        activities: the activity entries it wrote so far.
    """

    def __init__(self, environment: Environment, context: Context, *, write: bool = True) -> None:
        if not context.workspace:
            raise SpecError("a unit of work needs a workspace")
        self.environment = environment
        self.context = context
        self.now = environment.clock.now().astimezone(UTC)
        self.write = write
        self.events: list[Happened] = []
        self.jobs: list[Job] = []
        self.activities: list[Activity] = []
        self._transaction: Transaction | None = None
        self._pending: list[tuple[EntitySpec[Any], Any]] = []
        self._services: dict[type, Any] = {}
        self._before_commit: list[Callable[[Transaction], None]] = []
        self._depth = 0
        self._over = False

    # What services use

    def __getitem__(self, service: type[S]) -> S:
        """Return the service of that class, bound to this unit.

        Raises:
            SpecError: no enabled feature offers it.
        """
        found = self._services.get(service)
        if found is None:
            if service not in self.environment.services:
                raise SpecError(f"{service.__name__} is not a service of this kit; is its feature enabled?")
            found = self._services[service] = cast("Callable[[UnitOfWork], Any]", service)(self)
        return found  # type: ignore[no-any-return]

    def repository(self, entity: type[E] | EntitySpec[E]) -> Repository[E]:
        """Return the repository of an entity, by its class or specification."""
        spec = entity if isinstance(entity, EntitySpec) else self.environment.spec_of(entity)
        return Repository(self, spec)

    def repository_named(self, name: str) -> Repository[Any] | None:
        """Return the repository of another feature's entity, or ``None`` where that feature is left out."""
        spec = self.environment.spec_named(name)
        return None if spec is None else Repository(self, spec)

    def provider(self, port: Port[S]) -> S:
        """Return the chosen implementation of a port."""
        return self.environment.providers.provider(port)

    def settings(self, section: type[S]) -> S:
        """Return a settings section by its class."""
        return self.environment.settings.section(section)

    def emit(self, event: Event) -> Happened:
        """Record an event of a feature's own; `INSIDE` subscriptions run now, `AFTER` ones after the commit."""
        return self.record_event(event.name, event.data(), version=event.version, entity=event.entity, entity_id=event.subject)

    def record_event(
        self, name: str, data: Mapping[str, Any], *, version: int = 1, entity: str | None = None, entity_id: str | None = None
    ) -> Happened:
        """Record an event by name and data; for custom events. Use `emit` for typed ones.

        Raises:
            SpecError: the name is neither in the catalogue nor begins with ``custom.``, or subscriptions set each other off endlessly.
        """
        if not self.environment.events.knows(name):
            raise SpecError(f"{name!r} is not an event of this kit")
        happened = Happened(
            id=_new_id(EVENT),
            name=name,
            version=version,
            data=dict(data),
            entity_type=entity,
            entity_id=entity_id,
            actor_id=self.context.actor.id,
            correlation_id=self.context.correlation_id,
            causation=list(self.context.causation),
            occurred_at=self.now,
        )
        self.events.append(happened)
        self._add(EVENT, happened)
        self._tell_inside(happened)
        self._enqueue_deliveries(happened)
        return happened

    def enqueue(self, job: NewJob) -> Job:
        """Write a durable job with this unit; a worker runs it after the commit.

        With a `key` that exists already, in this unit or in the database, nothing is written and the existing job is returned.

        Raises:
            SpecError: no enabled feature offers that kind.
        """
        spec = self.environment.jobs.get(job.kind)
        if spec is None:
            raise SpecError(f"{job.kind!r} is not a kind of job of this kit")
        if job.key is not None:
            existing = self._job_with_key(job.kind, job.key)
            if existing is not None:
                return existing
        row = Job(
            id=_new_id(JOB),
            kind=job.kind,
            key=job.key,
            args=dict(job.args),
            due_at=job.due_at or self.now,
            max_attempts=spec.max_attempts,
            actor_id=self.context.actor.id if job.as_actor else None,
            actor_name=self.context.actor.name if job.as_actor else None,
            correlation_id=self.context.correlation_id,
            causation=list(self.context.causation),
            created_at=self.now,
        )
        self.jobs.append(row)
        self._add(JOB, row)
        return row

    def log(
        self, entity: str, id: str, action: Action, changes: Changes | None = None, *, related: Sequence[tuple[str, str]] = ()
    ) -> Activity:
        """Write an activity entry that the change tracking cannot see by itself (a login, tags added).

        `related` names further records, as (entity, id), from which the entry is to be found too (A28).
        """
        entry = Activity(
            id=_new_id(ACTIVITY),
            entity_type=entity,
            entity_id=id,
            action=action,
            changes=changes or None,
            user_id=self.context.actor.id,
            user_name=self.context.actor.name,
            timestamp=self.now,
            correlation_id=self.context.correlation_id,
        )
        self.activities.append(entry)
        self._add(ACTIVITY, entry)
        for subject_type, subject_id in dict.fromkeys([(entity, id), *related]):
            self._add(ACTIVITY_SUBJECT, ActivitySubject(activity_id=entry.id, entity_type=subject_type, entity_id=subject_id))
        return entry

    def lock(self, name: str, *, wait: bool = True) -> bool:
        """Take a named lock of the workspace until the end of the unit; return False if `wait` is off and it is taken."""
        return self.transaction.lock(name, wait=wait)

    def next_number(self, sequence: str) -> int:
        """Return the next number of a gap-free sequence of the workspace."""
        return self.transaction.next_number(sequence)

    def canonical_refs(self, spec: EntitySpec[Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """Return field values with references in the form they are stored in, without the alias prefix of input (A1)."""
        found = dict(values)
        for field in spec.refs:
            value = found.get(field.name)
            target = self.environment.spec_named(field.ref.entity) if field.ref else None
            if isinstance(value, str) and target is not None:
                found[field.name] = target.canonical_id(value)
        return found

    # What repositories use

    @property
    def transaction(self) -> Transaction:
        """Return the storage transaction, begun at first use; pending inserts are written first, so reads see them."""
        if self._over:
            raise SpecError("this unit of work is over")
        if self._transaction is None:
            self._transaction = self.environment.storage.begin(self.context.workspace, write=self.write)
        if self._pending:
            self._write_pending(self._transaction)
        return self._transaction

    def pending(self, spec: EntitySpec[E], key: tuple[str, ...]) -> E | None:
        """Return a record added in this unit and not yet written."""
        for other, record in self._pending:
            if other is spec and spec.key_of(record) == key:
                return record  # type: ignore[no-any-return]
        return None

    def added(self, spec: EntitySpec[E], record: E, extra: Mapping[str, Any]) -> None:
        """Take note of a new record: write it with the next flush, log it, tell of it."""
        self._add(spec, record)
        if spec.audited:
            self.log(spec.name, record.id, "created", related=_timeline(spec, record))  # type: ignore[attr-defined]
        if spec.events:
            self._record_lifecycle(spec, record, "created", extra)

    def changed(self, spec: EntitySpec[E], old: E, new: E, extra: Mapping[str, Any]) -> None:
        """Take note of a change already written: log and tell what differs, if a visible field does."""
        changes = diff(spec, old, new)
        if not changes:
            return
        if spec.audited:
            related = [*_timeline(spec, new), *_timeline(spec, old)]
            self.log(spec.name, new.id, "updated", changes, related=related)  # type: ignore[attr-defined]
        if spec.events:
            self._record_lifecycle(spec, new, "updated", {**extra, "changes": changes})

    def removed(self, spec: EntitySpec[E], record: E) -> None:
        """Take note of a deletion already written."""
        if spec.audited:
            self.log(spec.name, record.id, "deleted", related=_timeline(spec, record))  # type: ignore[attr-defined]
        if spec.events:
            self._record_lifecycle(spec, record, "deleted", {})

    def remove(self, spec: EntitySpec[E], record: E) -> None:
        """Delete a record, after what refers to it was deleted, cleared or found to forbid it."""
        cascade.remove(self, spec, [record])

    # What the owner of the unit uses

    def before_commit(self, check: Callable[[Transaction], None]) -> None:
        """Run a check or write as the last thing inside the transaction: a job's fencing, for example."""
        self._before_commit.append(check)

    def flush(self) -> None:
        """Write everything pending, so that a broken rule shows now and not at the commit."""
        if self._pending:
            _ = self.transaction

    def commit(self) -> None:
        """Make everything durable and hint the enqueued jobs to the job runner. Ends the unit.

        Raises:
            ValidationFailed: a uniqueness rule or reference is broken; everything is rolled back.
            Conflict: two records would claim the same time; the same.
            Contention: the database gave up in favour of another transaction; the unit may be run again from the start.
        """
        try:
            self.flush()
            if self._transaction is not None or self._before_commit:
                transaction = self.transaction
                for check in self._before_commit:
                    check(transaction)
                transaction.commit()
        except BaseException:
            self.rollback()
            raise
        self._over = True
        if self.jobs:
            self.environment.hint([(self.context.workspace, job.id) for job in self.jobs if job.due_at <= self.now])

    def rollback(self) -> None:
        """Undo everything. What was captured stays readable: a dry run is a unit that is rolled back."""
        self._over = True
        self._pending.clear()
        if self._transaction is not None:
            self._transaction.rollback()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()

    # Internals

    def _add(self, spec: EntitySpec[Any], record: Any) -> None:
        if self._over:
            raise SpecError("this unit of work is over")
        if not self.write:
            raise SpecError("this unit of work was opened for reading")
        self._pending.append((spec, record))

    def _write_pending(self, transaction: Transaction) -> None:
        batch, self._pending = self._pending, []
        try:
            transaction.insert(batch)
        except ConduytError as error:
            raise self.explained(error) from error

    def explained(self, error: ConduytError) -> ConduytError:
        """Return a backend's refusal of an insert or update as the error a caller understands (A15, R32)."""
        if isinstance(error, UniqueViolation):
            spec = self.environment.entities.get(error.entity)
            for rule in spec.unique if spec else ():
                if rule.fields == error.fields:
                    return ValidationFailed.on(rule.field, rule.message)
            return ValidationFailed.on(camel(error.fields[-1] if error.fields else "id"), "Already taken")
        if isinstance(error, OverlapViolation):
            spec = self.environment.entities.get(error.entity)
            return Conflict(spec.no_overlap.message if spec and spec.no_overlap else error.message)
        if isinstance(error, ReferenceViolation):
            name = camel(error.field) if error.field else ""
            return ValidationFailed.on(name, "Refers to a record that does not exist in this workspace")
        return error

    def _record_lifecycle(self, spec: EntitySpec[Any], record: Any, action: str, extra: Mapping[str, Any]) -> None:
        data = {**snapshot(spec, record), **extra}
        self.record_event(f"{spec.name}.{action}", data, entity=spec.name, entity_id=record.id)

    def _tell_inside(self, happened: Happened) -> None:
        subscribers = self.environment.events.subscribers(happened.name, INSIDE)
        if not subscribers:
            return
        self._depth += 1
        try:
            if self._depth > LONGEST_CHAIN:
                raise SpecError(f"subscriptions set each other off more than {LONGEST_CHAIN} times, last by {happened.name}")
            for subscription in subscribers:
                subscription.handler(self, happened)
        finally:
            self._depth -= 1

    def _enqueue_deliveries(self, happened: Happened) -> None:
        for subscription in self.environment.events.subscribers(happened.name, AFTER):
            if subscription.applies is None or subscription.applies(self, happened):
                key = f"{happened.id}:{subscription.name}"
                self._add_delivery(key, {"event": happened.id, "subscription": subscription.name}, happened.id)

    def _add_delivery(self, key: str, args: dict[str, str], event_id: str) -> None:
        spec = self.environment.jobs[DELIVER_EVENT]
        row = Job(
            id=_new_id(JOB),
            kind=DELIVER_EVENT,
            key=key,
            args=args,
            due_at=self.now,
            max_attempts=spec.max_attempts,
            correlation_id=self.context.correlation_id,
            causation=[*self.context.causation, event_id],
            created_at=self.now,
        )
        self.jobs.append(row)
        self._add(JOB, row)

    def _job_with_key(self, kind: str, key: str) -> Job | None:
        for row in self.jobs:
            if row.kind == kind and row.key == key:
                return row
        self.lock(f"job:{kind}:{key}")
        return self.repository(JOB).first_where(kind=kind, key=key)


def _new_id(spec: EntitySpec[Any]) -> str:
    if spec.new_id is None:
        raise SpecError(f"entity {spec.name!r} has no way to make ids")
    return spec.new_id()


def _timeline(spec: EntitySpec[Any], record: Any) -> list[tuple[str, str]]:
    return [
        (field.ref.entity, getattr(record, field.name))
        for field in spec.refs
        if field.ref is not None and field.ref.timeline and getattr(record, field.name) is not None
    ]
