"""Sessions: one driver connection of the pool, for the statements of one transaction.

A reading session runs each statement by itself, so it never holds a snapshot and leaves prepared statements alone. A writing
session begins its transaction at the first statement; on SQLite that takes the write lock at once, because a transaction that
reads first and writes later fails as soon as another has written in between.
"""

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection

from conduyt_kit.kernel.errors import StorageUnavailable
from conduyt_sqlalchemy.dialects.dialect import Cursor, Dialect
from conduyt_sqlalchemy.engine import EngineOptions, dialect_of, make_engine
from conduyt_sqlalchemy.errors import is_busy, translated
from conduyt_sqlalchemy.schema import Schema

_BUSY_STEP = 0.001

R = TypeVar("R")

Observer = Callable[[str], None]


class Database:
    """The pool and what its sessions share. Safe to use from several threads and after a fork."""

    def __init__(self, options: EngineOptions, on_statement: Observer | None = None) -> None:
        self.options = options
        self.dialect: Dialect = dialect_of(options.url)
        self.engine = make_engine(options)
        self.on_statement = on_statement
        # Waiting writers of this process queue here instead of polling the file.
        self._writer = threading.Lock()
        self._pid = os.getpid()
        self._inherited: list[object] = []

    def begin_writing(self) -> "threading.Lock | None":
        """Wait until no other transaction of this process writes to an SQLite file; return the lock to release at the end.

        Raises:
            StorageUnavailable: it took too long.
        """
        if self.dialect.name != "sqlite":
            return None
        self._notice_fork()
        lock = self._writer
        if not lock.acquire(timeout=self.options.busy_timeout):
            raise StorageUnavailable("Another transaction of this process keeps the SQLite database locked; try again")
        return lock

    def connect(self) -> PoolProxiedConnection:
        """Return a connection of the pool.

        Raises:
            StorageUnavailable: the database cannot be reached, or all connections of the pool are in use for too long.
        """
        self._notice_fork()
        try:
            return self.engine.raw_connection()
        except sa.exc.TimeoutError as error:
            raise StorageUnavailable(
                f"All {self.options.pool_size} database connections are in use; raise `database.pool_size` to the number of threads"
            ) from error
        except self.dialect.driver_errors as error:
            raise translated(error, _NO_SCHEMA) from error
        except sa.exc.DBAPIError as error:
            raise translated(error.orig if isinstance(error.orig, Exception) else error, _NO_SCHEMA) from error

    def close(self) -> None:
        """Close the connections that are not in use; harmless a second time."""
        self.engine.dispose()

    def _notice_fork(self) -> None:
        if os.getpid() == self._pid:
            return
        self._pid = os.getpid()
        # The parent's sockets and files stay the parent's: kept from use and even from being closed here.
        self._inherited.append(self.engine.pool)
        self.engine.dispose(close=False)
        self._writer = threading.Lock()


_NO_SCHEMA = Schema(entities={}, metadata=sa.MetaData(), referrers={}, unique_rules={}, foreign_keys={})


class Session:
    """The statements of one transaction; not for use by two threads at once."""

    __slots__ = ("_database", "_ended", "_failed", "_lock", "_pooled", "_proven", "_schema", "dialect", "write")

    def __init__(self, database: Database, schema: Schema, *, write: bool) -> None:
        self.write = write
        self.dialect = database.dialect
        self._database = database
        self._schema = schema
        self._pooled: PoolProxiedConnection | None = None
        self._lock: threading.Lock | None = None
        self._proven = False
        self._failed = False
        self._ended = False

    def execute(self, sql: str, params: Sequence[Any] = (), *, prepare: bool = True) -> Cursor:
        """Run a statement.

        Raises:
            UniqueViolation, ReferenceViolation: a rule of the schema is broken.
            OverlapViolation: two records would claim the same time.
            Contention: another transaction is in the way; the whole transaction may be run again.
            StorageUnavailable: the database cannot serve.
        """
        return self._perform(sql, lambda connection: self.dialect.execute(connection, sql, params, prepare=prepare))

    def rows(self, sql: str, params: Sequence[Any] = (), *, prepare: bool = True) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows; raises like `execute`."""
        return self._perform(sql, lambda connection: self.dialect.execute(connection, sql, params, prepare=prepare).fetchall())

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for each row of parameters and return how many rows it touched; raises like `execute`."""
        return self._perform(sql, lambda connection: self.dialect.execute_many(connection, sql, rows))

    def fail(self) -> None:
        """Note that a change failed, so that nothing of the transaction may be committed."""
        self._failed = True

    def refuse_commit_after_failure(self) -> None:
        """Raise `RuntimeError` if a change failed or all is over; PostgreSQL would answer a commit then by quietly rolling back."""
        self._refuse_after_end()
        if self._failed:
            raise RuntimeError("a change of this transaction failed; it can only be rolled back")

    def commit(self) -> None:
        """Make the changes durable and end the session.

        Raises:
            RuntimeError: the session has ended.
            StorageUnavailable: the connection was lost; whether the commit took place is then unknown.
        """
        self._refuse_after_end()
        try:
            if self.write and self._pooled is not None:
                self.execute("COMMIT")
        finally:
            self.end()

    def end(self) -> None:
        """Undo what is not committed and give the connection back; harmless when that has been done."""
        self._ended = True
        pooled, self._pooled = self._pooled, None
        try:
            if pooled is not None:
                # The pool rolls back whatever is open.
                pooled.close()
        finally:
            lock, self._lock = self._lock, None
            if lock is not None:
                lock.release()

    def _refuse_after_end(self) -> None:
        if self._ended:
            raise RuntimeError("this transaction has ended; begin another one")

    def _perform(self, sql: str, work: Callable[[Any], R]) -> R:
        while True:
            try:
                if self._pooled is None:
                    self._refuse_after_end()
                    self._open()
                result = self._observed(sql, work)
            except self.dialect.driver_errors as error:
                if self._may_retry_on_new_connection():
                    continue
                self._failed = self.write
                raise translated(error, self._schema) from error
            self._proven = True
            return result

    def _open(self) -> None:
        if self.write and self._lock is None:
            self._lock = self._database.begin_writing()
        self._pooled = self._database.connect()
        if self.write:
            begin = "BEGIN IMMEDIATE" if self.dialect.name == "sqlite" else "BEGIN"
            self._observed(begin, lambda connection: self.dialect.execute(connection, begin, (), prepare=True))

    def _observed(self, sql: str, work: Callable[[Any], R]) -> R:
        if self._database.on_statement is not None:
            self._database.on_statement(sql)
        connection = self._pooled.driver_connection if self._pooled is not None else None
        deadline = 0.0
        while True:
            try:
                return work(connection)
            except sqlite3.OperationalError as error:
                deadline = deadline or time.monotonic() + self._database.options.busy_timeout
                if not is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(_BUSY_STEP * random.uniform(0.5, 1.5))  # noqa: S311

    def _may_retry_on_new_connection(self) -> bool:
        """Drop a broken connection; return whether it was one that broke in the pool, before this session did anything with it."""
        if self._pooled is None or not self.dialect.is_lost(self._pooled.driver_connection):
            return False
        self._pooled.invalidate()
        self._pooled = None
        stale, self._proven = not self._proven, True
        if stale:
            # The others in the pool are most likely broken as well.
            self._database.engine.dispose()
        return stale
