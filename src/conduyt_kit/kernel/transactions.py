"""What the kernel needs of a storage backend: transactions inside one workspace, and a few operations beside them.

`ports.storage` documents the port for backend authors; `testing.contracts.storage` is its contract suite.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import attrs

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.jobs import Job
from conduyt_kit.kernel.query import Aggregate, Group, Page, Query, Where

E = TypeVar("E")

Key = str | tuple[str, ...]
"""A record's id, or the values of all key fields of a link entity."""


class Transaction(Protocol):
    """One transaction, bound to one workspace: every operation sees and touches only that workspace's rows.

    A read transaction may run without a database transaction (each statement sees the latest commit); a write transaction is
    atomic, and on a backend with one writer it holds the write lock from its first statement.
    """

    @property
    def workspace(self) -> str: ...

    def get(self, spec: EntitySpec[E], key: Key, *, lock: bool = False) -> E | None:
        """Return the record, or ``None``. `lock` keeps others from changing or deleting it until the transaction ends."""

    def get_many(self, spec: EntitySpec[E], ids: Sequence[str]) -> dict[str, E]:
        """Return the existing records among `ids`, by id. Any number of ids is allowed."""

    def find(self, spec: EntitySpec[E], query: Query[E]) -> Page[E]:
        """Answer a query, with as few statements as the backend can."""

    def count(self, spec: EntitySpec[Any], where: Where, search: str | None = None) -> int:
        """Return the exact number of matching rows."""

    def aggregate(self, spec: EntitySpec[Any], aggregate: Aggregate) -> tuple[Group, ...]:
        """Return one group per distinct combination of the `group_by` values, in no particular order."""

    def insert(self, batch: Sequence[tuple[EntitySpec[Any], Any]]) -> None:
        """Insert records of any entities, in order, in as few statements as the backend can.

        Raises:
            UniqueViolation: a uniqueness rule or a key is broken; nothing else of the transaction can be relied on.
            ReferenceViolation: a reference points at nothing in this workspace; the same.
            OverlapViolation: the entity's `NoOverlap` rule is broken, where the backend enforces it; the same.
        """

    def insert_missing(self, spec: EntitySpec[E], records: Sequence[E]) -> int:
        """Insert those records whose key does not exist yet and return how many that were."""

    def upsert(self, spec: EntitySpec[E], record: E, *, by: Sequence[str], update: Sequence[str]) -> tuple[E, bool]:
        """Insert the record, or update the `update` fields of the row that has the same values in the unique fields `by`.

        `by` is exactly the fields of one of the spec's `Unique` rules without `only`, or the key. Returns the stored record and
        whether it was inserted. Safe under concurrency.
        """

    def update(self, spec: EntitySpec[Any], key: Key, changes: Mapping[str, Any], *, expected: Where | None = None) -> bool:
        """Set fields of one record, if it exists and `expected` holds for it at that moment; return whether it was done.

        Raises:
            UniqueViolation: a uniqueness rule is broken.
            ReferenceViolation: a reference points at nothing in this workspace.
            OverlapViolation: the entity's `NoOverlap` rule is broken, where the backend enforces it.
        """

    def update_where(self, spec: EntitySpec[Any], where: Where, changes: Mapping[str, Any]) -> int:
        """Set fields of all matching records and return how many; a value may be `RemoveKey` for a JSON field."""

    def delete(self, spec: EntitySpec[Any], keys: Sequence[Key]) -> int:
        """Delete these records and return how many existed.

        Raises:
            ReferenceViolation: another record still refers to one of them.
        """

    def delete_where(self, spec: EntitySpec[Any], where: Where) -> int:
        """Delete all matching records and return how many.

        Raises:
            ReferenceViolation: another record still refers to one of them.
        """

    def lock(self, name: str, *, wait: bool = True) -> bool:
        """Take a lock of that name within the workspace, until the transaction ends; return False if `wait` is off and it is taken."""

    def next_number(self, sequence: str) -> int:
        """Return the next number of a sequence of the workspace, from 1, without gap or repeat (a rollback gives it back)."""

    def commit(self) -> None:
        """Make everything durable: after it returns, no crash loses it. Ends the transaction."""

    def rollback(self) -> None:
        """Undo everything and end the transaction. Harmless after `commit` or a second time."""


@attrs.frozen(kw_only=True)
class Located:
    """A record found without a workspace, and the workspace it is in."""

    workspace: str
    record: Any


class Storage(Protocol):
    """A storage backend."""

    def prepare(self, specs: Sequence[EntitySpec[Any]]) -> None:
        """Learn the entities. Called once, before any other operation; opens no connection."""

    def begin(self, workspace: str, *, write: bool) -> Transaction:
        """Begin a transaction in a workspace; operations that change rows need `write`."""

    def locate(self, spec: EntitySpec[Any], field: str, value: str) -> tuple[Located, ...]:
        """Find records of any workspace by one of the spec's `locators`: the only read without a workspace.

        Raises:
            SpecError: the field is not declared as a locator.
        """

    def claim(
        self,
        *,
        now: dt.datetime,
        lease_until: dt.datetime,
        token: str,
        limit: int,
        per_workspace: int,
        jobs: Sequence[tuple[str, str]] = (),
    ) -> tuple[tuple[str, Job], ...]:
        """Claim due jobs for one worker, in one atomic step; return (workspace, job as it is after the claim).

        Due is a job that is queued with ``due_at <= now``, or running with ``lease_until < now`` (its worker died). Claiming sets
        state running, attempt + 1, `lease_until` and `lease_token`. At most `limit` jobs, at most `per_workspace` of one
        workspace, the longest due first within a workspace, so that a workspace with a long queue delays no other. `jobs` narrows
        the claim to these (workspace, job id) pairs. Two callers never get the same job.
        """

    def oldest_due(self, now: dt.datetime) -> dt.datetime | None:
        """Return the `due_at` of the longest due queued job of any workspace, or ``None``."""

    def count_jobs(self) -> dict[str, int]:
        """Return the number of jobs by state, over all workspaces."""

    def purge(self, spec: EntitySpec[Any], field: str, before: dt.datetime, *, limit: int = 10_000, where: Where | None = None) -> int:
        """Delete up to `limit` rows of any workspace whose timestamp `field` is before a time, and return how many.

        For uncounted tables of things that expire (kept replies, finished jobs, old events, sessions), never for records of people.
        """

    def check(self) -> None:
        """Raise `StorageUnavailable` with a sentence and remedy if the backend cannot serve right now."""

    def close(self) -> None:
        """Close connections and files. Harmless a second time."""
