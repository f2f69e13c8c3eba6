"""What excludes others for the length of a transaction: named locks and numbers without gaps."""

import hashlib

from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.tables import NUMBER_SEQUENCE


def take(session: Session, workspace: str, name: str, *, wait: bool) -> bool:
    """Take a lock of that name within the workspace; return whether it was free, which it always is after waiting for it.

    On SQLite the write transaction itself is the lock, and beginning it is what waits.
    """
    if session.dialect.name == "sqlite":
        session.rows("SELECT 1")
        return True
    function = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    digest = hashlib.blake2b(f"{workspace}\0{name}".encode(), digest_size=8).digest()
    taken = session.rows(f"SELECT {function}($1)", (int.from_bytes(digest, signed=True),))[0][0]
    return wait or bool(taken)


def next_number(session: Session, workspace: str, sequence: str) -> int:
    """Return the next number of a sequence; its row stays locked, so a rollback gives the number back before anyone takes another."""
    mark = session.dialect.mark
    sql = (
        f"INSERT INTO {NUMBER_SEQUENCE} ({names.WORKSPACE}, name, n) VALUES ({mark(1)}, {mark(2)}, 1) "
        f"ON CONFLICT ({names.WORKSPACE}, name) DO UPDATE SET n = {NUMBER_SEQUENCE}.n + 1 RETURNING n"
    )
    return int(session.rows(sql, (workspace, sequence))[0][0])
