"""Short words for the storage contract: one workspace of a storage, and threads."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.query import EVERYTHING, Page, Where, query
from conduyt_kit.kernel.transactions import Key, Storage, Transaction
from conduyt_kit.testing.contracts.storage_entities import SPECS

E = TypeVar("E")
T = TypeVar("T")


class Workspace:
    """One workspace of a storage under test."""

    def __init__(self, storage: Storage, name: str, specs: Sequence[EntitySpec[Any]] = SPECS) -> None:
        self.storage = storage
        self.name = name
        self.specs = {spec.type: spec for spec in specs}
        self._begun: list[Transaction] = []

    def begin(self, *, write: bool = True) -> Transaction:
        """Begin a transaction that `close` rolls back if the test does not end it."""
        transaction = self.storage.begin(self.name, write=write)
        self._begun.append(transaction)
        return transaction

    def close(self) -> None:
        """End what a failed test left open, so that it does not block the tests after it."""
        for transaction in self._begun:
            transaction.rollback()

    @contextlib.contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a write transaction that is committed at the end, or rolled back on an error."""
        transaction = self.begin()
        try:
            yield transaction
            transaction.commit()
        finally:
            transaction.rollback()

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        transaction = self.begin(write=False)
        try:
            yield transaction
        finally:
            transaction.rollback()

    def put(self, *records: Any) -> None:
        """Insert and commit records of any of the entities, in this order."""
        with self.write() as transaction:
            transaction.insert([(self.specs[type(record)], record) for record in records])

    def do(self, *steps: Callable[[Transaction], object]) -> None:
        """Take these steps in one transaction."""
        with self.write() as transaction:
            for step in steps:
                step(transaction)

    def get(self, spec: EntitySpec[E], key: Key) -> E | None:
        with self.read() as transaction:
            return transaction.get(spec, key)

    def find(self, spec: EntitySpec[E], where: Where = EVERYTHING, **options: Any) -> Page[E]:
        with self.read() as transaction:
            return transaction.find(spec, query(spec, where, **options))

    def ids(self, spec: EntitySpec[Any], where: Where = EVERYTHING, **options: Any) -> list[str]:
        """Return the ids that a query finds, in its order; by id unless `sort` is given."""
        return [record.id for record in self.find(spec, where, **{"sort": ["id"], **options}).records]

    def count(self, spec: EntitySpec[Any], where: Where = EVERYTHING) -> int:
        with self.read() as transaction:
            return transaction.count(spec, where)

    def total(self, spec: EntitySpec[Any], where: Where = EVERYTHING) -> int | None:
        return self.find(spec, where, limit=1, total=True).total

    def everything(self) -> dict[str, Any]:
        """Return all records and totals of the workspace, to compare with later."""
        found: dict[str, Any] = {}
        for spec in self.specs.values():
            page = self.find(spec, sort=spec.key, total=True)
            found[spec.name] = (page.total, page.records)
        return found

    @contextlib.contextmanager
    def unchanged(self) -> Iterator[None]:
        """Assert that what happens inside changes no record and no total."""
        before = self.everything()
        yield
        assert self.everything() == before


def in_threads(count: int, work: Callable[[int], T]) -> list[T]:
    """Run `work(0)`, `work(1)`, ... at the same time and return their results in order; the first error is raised."""
    barrier = threading.Barrier(count)

    def run(number: int) -> T:
        barrier.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
