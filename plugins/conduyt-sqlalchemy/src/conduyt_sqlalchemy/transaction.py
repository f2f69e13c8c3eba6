"""The transaction of the storage port, composed of its rooms: reads, inserts, changes, counts, locks."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.query import Aggregate, Group, Page, Query, Where
from conduyt_kit.kernel.transactions import Key
from conduyt_sqlalchemy import locks
from conduyt_sqlalchemy.changes import Changer
from conduyt_sqlalchemy.counts import Counts
from conduyt_sqlalchemy.reads import Reader
from conduyt_sqlalchemy.schema import Schema
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.shapes import Shapes

E = TypeVar("E")

_ONLY_READS = "this transaction only reads; begin one with write=True"


class SqlTransaction:
    """See `conduyt_kit.kernel.transactions.Transaction`; not for use by two threads at once."""

    def __init__(self, session: Session, schema: Schema, shapes: Shapes, workspace: str) -> None:
        counts = Counts()
        self._session = session
        self._counts = counts
        self._workspace = workspace
        self._reader = Reader(session=session, schema=schema, shapes=shapes, counts=counts, workspace=workspace)
        self._changer: Changer | None = None
        if session.write:
            self._changer = Changer(session=session, schema=schema, shapes=shapes, counts=counts, workspace=workspace)

    @property
    def workspace(self) -> str:
        return self._workspace

    def get(self, spec: EntitySpec[E], key: Key, *, lock: bool = False) -> E | None:
        if lock and not self._session.write:
            raise RuntimeError(_ONLY_READS)
        found: E | None = self._reader.get(spec, _parts(key), lock=lock)
        return found

    def get_many(self, spec: EntitySpec[E], ids: Sequence[str]) -> dict[str, E]:
        return self._reader.get_many(spec, ids) if ids else {}

    def find(self, spec: EntitySpec[E], query: Query[E]) -> Page[E]:
        return self._reader.find(spec, query)

    def count(self, spec: EntitySpec[Any], where: Where, search: str | None = None) -> int:
        return self._reader.count(spec, where, search)

    def aggregate(self, spec: EntitySpec[Any], aggregate: Aggregate) -> tuple[Group, ...]:
        return self._reader.aggregate(spec, aggregate)

    def insert(self, batch: Sequence[tuple[EntitySpec[Any], Any]]) -> None:
        with self._changing() as changer:
            changer.insert(batch)

    def insert_missing(self, spec: EntitySpec[E], records: Sequence[E]) -> int:
        with self._changing() as changer:
            return changer.insert_missing(changer.schema[spec], records) if records else 0

    def upsert(self, spec: EntitySpec[E], record: E, *, by: Sequence[str], update: Sequence[str]) -> tuple[E, bool]:
        with self._changing() as changer:
            return changer.upsert(spec, record, by, update)

    def update(self, spec: EntitySpec[Any], key: Key, changes: Mapping[str, Any], *, expected: Where | None = None) -> bool:
        with self._changing() as changer:
            return changer.update(spec, _parts(key), changes, expected)

    def update_where(self, spec: EntitySpec[Any], where: Where, changes: Mapping[str, Any]) -> int:
        with self._changing() as changer:
            return changer.update_where(spec, where, changes)

    def delete(self, spec: EntitySpec[Any], keys: Sequence[Key]) -> int:
        with self._changing() as changer:
            return changer.delete(spec, [_parts(key) for key in keys]) if keys else 0

    def delete_where(self, spec: EntitySpec[Any], where: Where) -> int:
        with self._changing() as changer:
            return changer.delete_where(spec, where)

    def lock(self, name: str, *, wait: bool = True) -> bool:
        """Take a lock of that name; on SQLite the transaction itself is the only writer, so every lock is free."""
        with self._changing():
            return locks.take(self._session, self._workspace, name, wait=wait)

    def next_number(self, sequence: str) -> int:
        with self._changing():
            return locks.next_number(self._session, self._workspace, sequence)

    def commit(self) -> None:
        try:
            self._session.refuse_commit_after_failure()
            self._counts.write(self._session, self._workspace)
            self._session.commit()
        finally:
            self._session.end()

    def rollback(self) -> None:
        self._session.end()

    @contextmanager
    def _changing(self) -> Iterator[Changer]:
        """Give what changes rows; whatever fails inside leaves the transaction good only for a rollback."""
        if self._changer is None:
            raise RuntimeError(_ONLY_READS)
        try:
            yield self._changer
        except BaseException:
            self._session.fail()
            raise


def _parts(key: Key) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else key
