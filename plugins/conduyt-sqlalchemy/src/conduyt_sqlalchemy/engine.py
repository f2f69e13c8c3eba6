"""Engines: the pool of connections, with each connection set up for its database."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import attrs
import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import TextLoader
from sqlalchemy.pool import NullPool, QueuePool

from conduyt_kit.kernel.errors import SettingsError
from conduyt_sqlalchemy.dialects.dialect import Dialect
from conduyt_sqlalchemy.dialects.postgres import PostgresDialect
from conduyt_sqlalchemy.dialects.sqlite import SqliteDialect, register_functions


@attrs.frozen(kw_only=True)
class EngineOptions:
    """How connections are made; see the plugin's settings for what each means."""

    url: str
    pool_size: int = 10
    pool_timeout: float = 10.0
    sqlite_synchronous: Literal["FULL", "NORMAL"] = "FULL"
    busy_timeout: float = 5.0
    statement_timeout: float = 30.0
    lock_timeout: float = 5.0
    idle_in_transaction_timeout: float = 30.0
    prepared_statements: bool = True
    application_name: str = "conduyt"


def dialect_of(url: str) -> Dialect:
    """Return the dialect of a database URL.

    Raises:
        SettingsError: it is neither SQLite in a file nor PostgreSQL.
    """
    parsed = _parsed(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return SqliteDialect()
    if backend == "postgresql":
        return PostgresDialect()
    raise SettingsError(
        "database.url must be sqlite:////path/to/file.db or postgresql+psycopg://user@host/database; memory is not shared by threads"
    )


def make_engine(options: EngineOptions) -> sa.Engine:
    """Return the engine for requests and jobs; no connection is opened yet."""
    sqlite = dialect_of(options.url).name == "sqlite"
    engine = sa.create_engine(
        _parsed(options.url),
        poolclass=QueuePool,
        pool_size=options.pool_size,
        max_overflow=0,
        pool_timeout=options.pool_timeout,
        # The connection that was used last has the most statements prepared.
        pool_use_lifo=True,
        pool_reset_on_return=None,
        connect_args=_sqlite_arguments() if sqlite else _postgres_arguments(options),
    )
    sa.event.listen(engine, "connect", _sqlite_setup(options) if sqlite else _postgres_setup)
    sa.event.listen(engine, "reset", _roll_back_if_open)
    return engine


def migration_engine(options: EngineOptions) -> sa.Engine:
    """Return an engine for migrations: plain transactions without time limits, nothing pooled, references unchecked until the end."""
    if dialect_of(options.url).name == "sqlite":
        engine = sa.create_engine(_parsed(options.url), poolclass=NullPool, connect_args=_sqlite_arguments())
        sa.event.listen(engine, "connect", _sqlite_setup(attrs.evolve(options, busy_timeout=60.0), foreign_keys=False, busy_handler=True))
        sa.event.listen(engine, "begin", _begin_exclusively)
        return engine
    arguments = {"options": _server_options(options, {"TimeZone": "UTC", "statement_timeout": 0}), "prepare_threshold": None}
    return sa.create_engine(_parsed(options.url), poolclass=NullPool, connect_args=arguments)


def _roll_back_if_open(connection: Any, _record: Any, _state: Any) -> None:
    """Undo what a transaction left open; asking the driver first is ten times cheaper than rolling back nothing."""
    if isinstance(connection, sqlite3.Connection):
        if connection.in_transaction:
            connection.rollback()
    elif connection.pgconn.transaction_status != TransactionStatus.IDLE:
        connection.rollback()


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise SettingsError(
            "database.url is not a URL such as sqlite:////path/to/file.db or postgresql+psycopg://user@host/database"
        ) from error
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername in ("postgres", "postgresql") else parsed


def _sqlite_arguments() -> dict[str, Any]:
    return {"check_same_thread": False, "isolation_level": None, "cached_statements": 512, "timeout": 0}


def _sqlite_setup(
    options: EngineOptions, *, foreign_keys: bool = True, busy_handler: bool = False
) -> Callable[[sqlite3.Connection, Any], None]:
    def setup(connection: sqlite3.Connection, _record: Any) -> None:
        # Requests wait for the write lock in `sessions`, in short steps; SQLite's own handler sleeps up to 100 ms at a time.
        connection.execute(f"PRAGMA busy_timeout = {int(options.busy_timeout * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA busy_timeout = {int(options.busy_timeout * 1000) if busy_handler else 0}")
        connection.execute(f"PRAGMA synchronous = {options.sqlite_synchronous}")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA trusted_schema = OFF")
        register_functions(connection)

    return setup


def _begin_exclusively(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres_arguments(options: EngineOptions) -> dict[str, Any]:
    limits = {
        "TimeZone": "UTC",
        "statement_timeout": int(options.statement_timeout * 1000),
        "lock_timeout": int(options.lock_timeout * 1000),
        "idle_in_transaction_session_timeout": int(options.idle_in_transaction_timeout * 1000),
    }
    return {
        "options": _server_options(options, limits),
        "application_name": options.application_name,
        "prepare_threshold": 5 if options.prepared_statements else None,
        "connect_timeout": 10,
        "keepalives_idle": 30,
    }


def _server_options(options: EngineOptions, limits: Mapping[str, object]) -> str:
    """Return the server options of the URL, then ours."""
    given = _parsed(options.url).query.get("options", "")
    return " ".join(
        [given if isinstance(given, str) else " ".join(given), *(f"-c {name}={value}" for name, value in limits.items())]
    ).strip()


def _postgres_setup(connection: psycopg.Connection[Any], _record: Any) -> None:
    # Reads need no transaction, and a ROLLBACK after each would throw the prepared statements away.
    connection.autocommit = True
    # Every entity has a handful of statements; the driver's default of 100 would throw most of them out again.
    connection.prepared_max = 1000
    # One type for every integer, lest a statement be prepared once for each size of its values.
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_loader("json", TextLoader)
    connection.adapters.register_loader("jsonb", TextLoader)


def ensure_folder(url: str) -> None:
    """Make the folder of an SQLite file, so that a first start needs no preparation.

    Raises:
        SettingsError: it cannot be made there.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            remedy = "set CONDUYT_DATA_DIR or CONDUYT_DATABASE_URL"
            raise SettingsError(f"The folder {folder} cannot be made ({error.strerror}); {remedy}") from error
