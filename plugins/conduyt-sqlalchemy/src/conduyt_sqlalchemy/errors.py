"""Driver errors as the kit's errors: which rule was broken, or what the operator can do."""

import sqlite3

import psycopg
from psycopg import errors as pg

from conduyt_kit.kernel.errors import ConduytError, Contention, OverlapViolation, ReferenceViolation, StorageUnavailable, UniqueViolation
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.schema import Schema

UPGRADE = "run `conduyt db upgrade`"


def translated(error: Exception, schema: Schema) -> Exception:
    """Return the kit's error for a driver's error; the same error where it tells of a defect of ours."""
    found = _of_postgres(error, schema) if isinstance(error, psycopg.Error) else _of_sqlite(error, schema)
    return found or error


def is_busy(error: Exception) -> bool:
    """Return whether SQLite refused because another connection is writing; the statement then did nothing."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _of_postgres(error: psycopg.Error, schema: Schema) -> ConduytError | None:
    constraint = error.diag.constraint_name or ""
    if isinstance(error, pg.UniqueViolation):
        entity, fields = schema.unique_rules.get(constraint, (error.diag.table_name or constraint, ()))
        return UniqueViolation(entity, fields)
    if isinstance(error, pg.ForeignKeyViolation):
        entity, field = schema.foreign_keys.get(constraint, (error.diag.table_name or constraint, None))
        return ReferenceViolation(entity, field)
    if isinstance(error, pg.SerializationFailure | pg.DeadlockDetected | pg.LockNotAvailable):
        return Contention("Another transaction is changing the same records; try again")
    if isinstance(error, pg.ExclusionViolation):
        return OverlapViolation(error.diag.table_name or constraint)
    if isinstance(error, pg.UndefinedTable | pg.UndefinedColumn):
        return StorageUnavailable(f"The database's tables are missing or outdated ({error.diag.message_primary}); {UPGRADE}")
    if isinstance(error, pg.QueryCanceled):
        return StorageUnavailable("The database took longer than `database.statement_timeout` allows; narrow the request or try again")
    if isinstance(error, psycopg.OperationalError):
        return StorageUnavailable(f"PostgreSQL cannot serve: {str(error).strip()}; check that it runs and that `database.url` is right")
    return None


def _of_sqlite(error: Exception, schema: Schema) -> ConduytError | None:
    text = str(error)
    if isinstance(error, sqlite3.IntegrityError):
        if error.sqlite_errorcode in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
            return _unique(text, schema)
        return ReferenceViolation("record") if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY else None
    if not isinstance(error, sqlite3.OperationalError):
        return None
    if "no such table" in text or "no such column" in text or "has no column" in text:
        return StorageUnavailable(f"The database's tables are missing or outdated ({text}); {UPGRADE}")
    if "unable to open" in text:
        return StorageUnavailable(f"The SQLite file cannot be opened; check its folder's permissions, or {UPGRADE} to create it")
    if is_busy(error):
        return StorageUnavailable("Another process keeps the SQLite database locked; try again")
    return StorageUnavailable(f"The SQLite database cannot serve: {text}; check the file, its folder's permissions and free space")


def _unique(text: str, schema: Schema) -> UniqueViolation:
    """Read ``UNIQUE constraint failed: contact.workspace_id, contact.email``."""
    columns = [part.strip().split(".", 1) for part in text.partition(": ")[2].split(",")]
    entity = columns[0][0]
    fields = tuple(column for _, column in columns if column != names.WORKSPACE)
    known = {(name, frozenset(found)): found for name, found in schema.unique_rules.values()}
    return UniqueViolation(entity, known.get((entity, frozenset(fields)), fields))
