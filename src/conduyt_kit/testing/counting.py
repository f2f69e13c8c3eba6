"""A storage that counts what is asked of another one, for tests that pin the number of storage calls of an operation."""

import collections
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.jobs import Job
from conduyt_kit.kernel.query import Aggregate, Group, Page, Query, Where
from conduyt_kit.kernel.transactions import Key, Located, Storage, Transaction

E = TypeVar("E")


class CountingStorage:
    """Passes everything on to `storage` and counts the calls.

    Attributes:
        calls: how often each operation was called, by its name: those of `Transaction` except `rollback`, and ``locate``. A call is
            what costs a round trip to a database, whatever number of records it carries.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.calls: collections.Counter[str] = collections.Counter()

    @property
    def total(self) -> int:
        """Return the number of calls without the commits."""
        return self.calls.total() - self.calls["commit"]

    def clear(self) -> None:
        """Count from 0 again."""
        self.calls.clear()

    def prepare(self, specs: Sequence[EntitySpec[Any]]) -> None:
        self._storage.prepare(specs)

    def begin(self, workspace: str, *, write: bool) -> "CountingTransaction":
        return CountingTransaction(self._storage.begin(workspace, write=write), self.calls)

    def locate(self, spec: EntitySpec[Any], field: str, value: str) -> tuple[Located, ...]:
        self.calls["locate"] += 1
        return self._storage.locate(spec, field, value)

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
        return self._storage.claim(now=now, lease_until=lease_until, token=token, limit=limit, per_workspace=per_workspace, jobs=jobs)

    def oldest_due(self, now: dt.datetime) -> dt.datetime | None:
        return self._storage.oldest_due(now)

    def count_jobs(self) -> dict[str, int]:
        return self._storage.count_jobs()

    def purge(self, spec: EntitySpec[Any], field: str, before: dt.datetime, *, limit: int = 10_000, where: Where | None = None) -> int:
        return self._storage.purge(spec, field, before, limit=limit, where=where)

    def check(self) -> None:
        self._storage.check()

    def close(self) -> None:
        self._storage.close()


class CountingTransaction:
    """A transaction of `CountingStorage`."""

    def __init__(self, transaction: Transaction, calls: "collections.Counter[str]") -> None:
        self._transaction = transaction
        self._calls = calls

    @property
    def workspace(self) -> str:
        return self._transaction.workspace

    def get(self, spec: EntitySpec[E], key: Key, *, lock: bool = False) -> E | None:
        self._calls["get"] += 1
        return self._transaction.get(spec, key, lock=lock)

    def get_many(self, spec: EntitySpec[E], ids: Sequence[str]) -> dict[str, E]:
        self._calls["get_many"] += 1
        return self._transaction.get_many(spec, ids)

    def find(self, spec: EntitySpec[E], query: Query[E]) -> Page[E]:
        self._calls["find"] += 1
        return self._transaction.find(spec, query)

    def count(self, spec: EntitySpec[Any], where: Where, search: str | None = None) -> int:
        self._calls["count"] += 1
        return self._transaction.count(spec, where, search)

    def aggregate(self, spec: EntitySpec[Any], aggregate: Aggregate) -> tuple[Group, ...]:
        self._calls["aggregate"] += 1
        return self._transaction.aggregate(spec, aggregate)

    def insert(self, batch: Sequence[tuple[EntitySpec[Any], Any]]) -> None:
        self._calls["insert"] += 1
        self._transaction.insert(batch)

    def insert_missing(self, spec: EntitySpec[E], records: Sequence[E]) -> int:
        self._calls["insert_missing"] += 1
        return self._transaction.insert_missing(spec, records)

    def upsert(self, spec: EntitySpec[E], record: E, *, by: Sequence[str], update: Sequence[str]) -> tuple[E, bool]:
        self._calls["upsert"] += 1
        return self._transaction.upsert(spec, record, by=by, update=update)

    def update(self, spec: EntitySpec[Any], key: Key, changes: Mapping[str, Any], *, expected: Where | None = None) -> bool:
        self._calls["update"] += 1
        return self._transaction.update(spec, key, changes, expected=expected)

    def update_where(self, spec: EntitySpec[Any], where: Where, changes: Mapping[str, Any]) -> int:
        self._calls["update_where"] += 1
        return self._transaction.update_where(spec, where, changes)

    def delete(self, spec: EntitySpec[Any], keys: Sequence[Key]) -> int:
        self._calls["delete"] += 1
        return self._transaction.delete(spec, keys)

    def delete_where(self, spec: EntitySpec[Any], where: Where) -> int:
        self._calls["delete_where"] += 1
        return self._transaction.delete_where(spec, where)

    def lock(self, name: str, *, wait: bool = True) -> bool:
        self._calls["lock"] += 1
        return self._transaction.lock(name, wait=wait)

    def next_number(self, sequence: str) -> int:
        self._calls["next_number"] += 1
        return self._transaction.next_number(sequence)

    def commit(self) -> None:
        self._calls["commit"] += 1
        self._transaction.commit()

    def rollback(self) -> None:
        self._transaction.rollback()
