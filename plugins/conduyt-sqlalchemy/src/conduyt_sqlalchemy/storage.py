"""`SqlStorage`: the storage port on SQLite and PostgreSQL."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import SpecError, StorageUnavailable
from conduyt_kit.kernel.jobs import JOB, Job
from conduyt_kit.kernel.query import Where
from conduyt_kit.kernel.transactions import Located
from conduyt_sqlalchemy import claims, names, purges
from conduyt_sqlalchemy.engine import EngineOptions, migration_engine
from conduyt_sqlalchemy.errors import UPGRADE
from conduyt_sqlalchemy.presence import missing
from conduyt_sqlalchemy.schema import Schema, schema_of
from conduyt_sqlalchemy.sessions import Database, Session
from conduyt_sqlalchemy.shapes import Shapes
from conduyt_sqlalchemy.transaction import SqlTransaction

R = TypeVar("R")


class SqlStorage:
    """Storage in an SQLite file or a PostgreSQL database. Safe to use from several threads, and after a fork.

    Args:
        url: ``sqlite:////path/to/file.db`` or ``postgresql+psycopg://user@host/database``.
        pool_size: connections kept and allowed at the same time; as many as there are threads.
        pool_timeout: seconds a thread waits for a connection.
        sqlite_synchronous: ``FULL`` survives a power loss; ``NORMAL`` may then lose the last commits, and is faster.
        busy_timeout: seconds to wait for another writer of an SQLite file.
        statement_timeout, lock_timeout, idle_in_transaction_timeout: limits in seconds that PostgreSQL keeps.
        prepared_statements: off behind a connection pooler that does not know prepared statements.
        on_statement: called with the text of each statement before it runs; for tests that count them.

    Raises:
        SettingsError: the URL names no database that is supported.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_timeout: float = 10.0,
        sqlite_synchronous: Literal["FULL", "NORMAL"] = "FULL",
        busy_timeout: float = 5.0,
        statement_timeout: float = 30.0,
        lock_timeout: float = 5.0,
        idle_in_transaction_timeout: float = 30.0,
        prepared_statements: bool = True,
        on_statement: Callable[[str], None] | None = None,
    ) -> None:
        options = EngineOptions(
            url=url,
            pool_size=pool_size,
            pool_timeout=pool_timeout,
            sqlite_synchronous=sqlite_synchronous,
            busy_timeout=busy_timeout,
            statement_timeout=statement_timeout,
            lock_timeout=lock_timeout,
            idle_in_transaction_timeout=idle_in_transaction_timeout,
            prepared_statements=prepared_statements,
        )
        self._database = Database(options, on_statement)
        self._schema: Schema | None = None
        self._shapes = Shapes()
        self._complete = False
        self.at_head = False
        """Noted by the health check once it has seen that no migration is pending."""

    @property
    def options(self) -> EngineOptions:
        """Return how connections are made, for migrations and backups."""
        return self._database.options

    @property
    def dialect(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return self._database.dialect.name

    @property
    def schema(self) -> Schema:
        """Return the prepared entities.

        Raises:
            SpecError: `prepare` has not been called.
        """
        if self._schema is None:
            raise SpecError("the storage must be prepared with the entities before it is used")
        return self._schema

    def prepare(self, specs: Sequence[EntitySpec[Any]]) -> None:
        """Learn the entities; jobs are always among them. Opens no connection.

        Raises:
            SpecError: a name cannot be a table or column.
        """
        known = {spec.name: spec for spec in (JOB, *specs)}
        self._schema = schema_of(known.values(), self._database.dialect)
        self._shapes = Shapes()
        self._complete = False

    def begin(self, workspace: str, *, write: bool) -> SqlTransaction:
        """Begin a transaction; the database hears of it with the first statement.

        Raises:
            ValueError: the workspace is empty.
        """
        if not workspace:
            raise ValueError("a transaction needs a workspace")
        return SqlTransaction(self._session(write=write), self.schema, self._shapes, workspace)

    def locate(self, spec: EntitySpec[Any], field: str, value: str) -> tuple[Located, ...]:
        """Find records of any workspace by a locator field.

        Raises:
            SpecError: the field is not declared as a locator.
        """
        if field not in spec.locators:
            raise SpecError(f"entity {spec.name!r} does not declare {field!r} as a locator")
        entity = self.schema[spec]
        mark = self._database.dialect.mark(1)
        sql = f"SELECT {entity.select('t')}, t.{names.WORKSPACE} FROM {entity.table} AS t WHERE t.{entity.column(field).sql} = {mark}"
        rows = self._read(lambda session: session.rows(sql, (value,)))
        return tuple(Located(workspace=row[-1], record=entity.record(row)) for row in rows)

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
        """Claim due jobs for one worker; see `conduyt_kit.kernel.transactions.Storage.claim`."""
        # On PostgreSQL one statement is atomic by itself; on SQLite the write lock is taken first, so that it is waited for.
        session = self._session(write=self.dialect == "sqlite")
        try:
            claimed = claims.claim(
                session,
                self.schema,
                self._shapes,
                now=now,
                lease_until=lease_until,
                token=token,
                limit=limit,
                per_workspace=per_workspace,
                jobs=jobs,
            )
            session.commit()
        finally:
            session.end()
        return tuple(claimed)

    def oldest_due(self, now: dt.datetime) -> dt.datetime | None:
        """Return when the longest due queued job of any workspace became due."""
        return self._read(lambda session: claims.oldest_due(session, self.schema, now))

    def count_jobs(self) -> dict[str, int]:
        """Return the number of jobs by state, over all workspaces."""
        return self._read(claims.count_jobs)

    def purge(self, spec: EntitySpec[Any], field: str, before: dt.datetime, *, limit: int = 10_000, where: Where | None = None) -> int:
        """Delete up to `limit` rows of any workspace whose `field` is before a time; see `conduyt_kit.kernel.transactions.Storage`."""
        session = self._session(write=self.dialect == "sqlite")
        try:
            purged = purges.purge(session, self.schema, spec, field, before, limit=limit, where=where)
            session.commit()
        finally:
            session.end()
        return purged

    def check(self) -> None:
        """Raise `StorageUnavailable` with the remedy if the database cannot be reached or its schema lacks something."""
        self._read(lambda session: session.rows("SELECT 1"))
        if self._complete:
            return
        lacking = self._inspect()
        if lacking:
            more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            raise StorageUnavailable(f"The database's tables are missing or outdated ({lacking[0]}{more}); {UPGRADE}")
        # A schema that was complete stays so while this process runs.
        self._complete = True

    def has_extension(self, name: str) -> bool:
        """Return whether a PostgreSQL database has an extension."""
        return bool(self._read(lambda session: session.rows("SELECT 1 FROM pg_extension WHERE extname = $1", (name,))))

    def close(self) -> None:
        """Close the connections; harmless a second time."""
        self._database.close()

    def _inspect(self) -> list[str]:
        engine = migration_engine(self.options)
        try:
            with engine.connect() as connection:
                return missing(sa.inspect(connection), self.schema)
        finally:
            engine.dispose()

    def _session(self, *, write: bool) -> Session:
        return Session(self._database, self.schema, write=write)

    def _read(self, work: Callable[[Session], R]) -> R:
        session = self._session(write=False)
        try:
            return work(session)
        finally:
            session.end()
