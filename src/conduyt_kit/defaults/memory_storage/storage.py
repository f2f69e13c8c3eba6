"""The memory storage: the specs, the committed state and the write lock."""

import collections
import datetime as dt
import threading
from collections.abc import Sequence
from typing import Any

import attrs

from conduyt_kit.defaults.memory_storage.claims import deal, is_due
from conduyt_kit.defaults.memory_storage.tables import State
from conduyt_kit.defaults.memory_storage.transaction import MemoryTransaction
from conduyt_kit.defaults.memory_storage.values import Values, json_converter
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import SpecError, StorageUnavailable
from conduyt_kit.kernel.jobs import JOB, Job
from conduyt_kit.kernel.query import Compare, Op, Query, Where, both
from conduyt_kit.kernel.transactions import Located


class MemoryStorage:
    """A storage backend in the process's memory, with real transactions: one writer at a time, readers see committed states.

    For tests and try-outs: nothing outlives the process. `lock_timeout` is how many seconds a transaction waits for the write lock
    before it fails with `StorageUnavailable`, for instance because the same thread left another write transaction open.
    """

    def __init__(self, *, lock_timeout: float = 10.0) -> None:
        self.specs: dict[str, EntitySpec[Any]] = {}
        self.values: dict[str, Values] = {}
        self.referrers: dict[str, list[tuple[EntitySpec[Any], str]]] = {}
        self.committed = State({}, {})
        self.held_locks: set[tuple[str, str]] = set()
        self._writer = threading.Lock()
        self._lock_timeout = lock_timeout

    def prepare(self, specs: Sequence[EntitySpec[Any]]) -> None:
        converter = json_converter()
        for spec in specs:
            self.specs[spec.name] = spec
            self.values[spec.name] = Values(spec, converter)
            for field in spec.refs:
                if field.ref is not None:
                    self.referrers.setdefault(field.ref.entity, []).append((spec, field.name))

    def begin(self, workspace: str, *, write: bool) -> MemoryTransaction:
        if not workspace:
            raise ValueError("A transaction needs a workspace")
        return MemoryTransaction(self, workspace, write=write)

    def locate(self, spec: EntitySpec[Any], field: str, value: str) -> tuple[Located, ...]:
        if field not in spec.locators:
            raise SpecError(f"{spec.name}.{field} is not declared as a locator")
        out = self.values_of(spec)
        return tuple(
            Located(workspace=workspace, record=out.record_out(record))
            for workspace, table in self.committed.of_all_workspaces(spec)
            for record in table.rows.values()
            if getattr(record, field) == value
        )

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
        wanted = set(jobs)
        self.acquire_writer()
        try:
            queues = [
                (workspace, [job for job in table.rows.values() if is_due(job, now) and (not jobs or (workspace, job.id) in wanted)])
                for workspace, table in self.committed.of_all_workspaces(JOB)
            ]
            return self._claimed(deal(queues, limit=limit, per_workspace=per_workspace), lease_until=lease_until, token=token)
        finally:
            self.release_writer()

    def _claimed(self, dealt: list[tuple[str, Job]], *, lease_until: dt.datetime, token: str) -> tuple[tuple[str, Job], ...]:
        state = self.committed.copy()
        values = self.values_of(JOB).fields_in({"state": "running", "lease_until": lease_until, "lease_token": token})
        for workspace in {workspace for workspace, _ in dealt}:
            state.tables[workspace, JOB.name] = state.table(workspace, JOB).copy()
        claimed = [(workspace, attrs.evolve(job, **values, attempt=job.attempt + 1)) for workspace, job in dealt]
        for workspace, job in claimed:
            state.table(workspace, JOB).replace((job.id,), job)
        self.committed = state
        return tuple((workspace, self.values_of(JOB).record_out(job)) for workspace, job in claimed)

    def oldest_due(self, now: dt.datetime) -> dt.datetime | None:
        return min((job.due_at for job in self._jobs() if job.state == "queued" and job.due_at <= now), default=None)

    def count_jobs(self) -> dict[str, int]:
        return dict(collections.Counter(job.state for job in self._jobs()))

    def purge(self, spec: EntitySpec[Any], field: str, before: dt.datetime, *, limit: int = 10_000, where: Where | None = None) -> int:
        old = Query[Any](where=both(Compare(field, Op.LT, before), where))
        purged = 0
        for workspace, _ in self.committed.of_all_workspaces(spec):
            transaction = self.begin(workspace, write=True)
            try:
                found = transaction.find(spec, attrs.evolve(old, limit=limit - purged)).records
                purged += transaction.delete(spec, [spec.key_of(record) for record in found])
                transaction.commit()
            finally:
                transaction.rollback()
        return purged

    def check(self) -> None:
        """Do nothing: memory is always there."""

    def close(self) -> None:
        """Do nothing: what is stored stays until the storage itself is gone."""

    def values_of(self, spec: EntitySpec[Any]) -> Values:
        """Return the value conversions of a prepared entity.

        Raises:
            SpecError: the storage was not prepared for it.
        """
        found = self.values.get(spec.name)
        if found is None:
            raise SpecError(f"The storage was not prepared for the entity {spec.name!r}")
        return found

    def acquire_writer(self) -> None:
        """Wait for the write lock.

        Raises:
            StorageUnavailable: another transaction has kept it for too long.
        """
        if not self._writer.acquire(timeout=self._lock_timeout):
            raise StorageUnavailable(
                f"Another write transaction has been open for more than {self._lock_timeout:g} s; commit it or roll it back first"
            )

    def release_writer(self) -> None:
        self._writer.release()

    def _jobs(self) -> list[Job]:
        return [job for _, table in self.committed.of_all_workspaces(JOB) for job in table.rows.values()]
