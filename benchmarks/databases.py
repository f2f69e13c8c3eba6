"""The databases that are measured: an SQLite file of its own, or a PostgreSQL database of its own that is dropped at the end."""

import os
import secrets
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import psycopg

RATE_LIMIT = "1000000000/minute"
"""High enough never to refuse, so that the load pays for counting requests as every installation does."""


class Database(Protocol):
    """A database made for one run."""

    name: str
    url: str
    folder: Path

    def vacuum(self) -> None:
        """Bring the planner's statistics up to date."""

    def forget_writes(self) -> None:
        """Delete what the load has written."""

    def drop(self) -> None:
        """Remove the database."""


def settings(database: Database) -> dict[str, Any]:
    """Return the kit's settings for a database."""
    return {"data_dir": str(database.folder), "rate_limit": RATE_LIMIT, "database": {"url": database.url}}


def environment(database: Database) -> dict[str, str]:
    """Return the environment of processes that use a database, free of settings of whoever runs the benchmark."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONDUYT_")}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [kept.get("PYTHONPATH")])]),
        "CONDUYT_DATA_DIR": str(database.folder),
        "CONDUYT_DATABASE_URL": database.url,
        "CONDUYT_PLUGINS": "sqlalchemy,falcon",
        "CONDUYT_RATE_LIMIT": RATE_LIMIT,
    }


def conduyt(database: Database, *arguments: str, text: str | None = None) -> str:
    """Run the command line on a database and return its standard output.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    command = [str(Path(sys.executable).with_name("conduyt")), *arguments]
    ended = subprocess.run(
        command, cwd=database.folder, env=environment(database), input=text, capture_output=True, text=True, check=False, timeout=600
    )
    if ended.returncode:
        raise RuntimeError(f"conduyt {' '.join(arguments)} failed: {ended.stderr}")
    return ended.stdout


_WRITTEN = ("contact_tag", "activity_subject", "activity", "event", "job")


def _deletions(marker: str) -> list[str]:
    written = f"SELECT id FROM contact WHERE first_name = '{marker}'"
    return [f"DELETE FROM contact_tag WHERE contact_id IN ({written})", *(f"DELETE FROM {name}" for name in _WRITTEN[1:])]


WRITTEN_NAME = "Loadwritten"
"""The first name of the contacts that the load creates, by which they are deleted again."""


class SqliteDatabase:
    """A file in a folder of the run."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'bench.db'}"

    def vacuum(self) -> None:
        with sqlite3.connect(self.folder / "bench.db") as connection:
            connection.execute("ANALYZE")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget_writes(self) -> None:
        with sqlite3.connect(self.folder / "bench.db", timeout=30) as connection:
            for statement in _deletions(WRITTEN_NAME):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO contact_fts (contact_fts, rowid, search_text) "
                f"SELECT 'delete', search_id, search_text FROM contact WHERE first_name = '{WRITTEN_NAME}' AND search_id IS NOT NULL"
            )
            connection.execute(f"DELETE FROM contact WHERE first_name = '{WRITTEN_NAME}'")
        self.vacuum()
        conduyt(self, "db", "recount")

    def drop(self) -> None:
        """Nothing: the file goes with its folder."""


class PostgresDatabase:
    """A database with a random name on a server that is there."""

    name = "postgres"

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self._server = server
        self._database = f"conduyt_bench_{secrets.token_hex(4)}"
        self.url = f"postgresql+psycopg://{server.partition('://')[2].rpartition('/')[0]}/{self._database}"
        self._administer(f"CREATE DATABASE {self._database}")

    @property
    def address(self) -> str:
        """Return the URL as psycopg takes it."""
        return self.url.replace("+psycopg", "", 1)

    def vacuum(self) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def forget_writes(self) -> None:
        with psycopg.connect(self.address) as connection:
            for statement in [*_deletions(WRITTEN_NAME), f"DELETE FROM contact WHERE first_name = '{WRITTEN_NAME}'"]:
                connection.execute(statement.encode())
        self.vacuum()
        conduyt(self, "db", "recount")

    def drop(self) -> None:
        self._administer(f"DROP DATABASE IF EXISTS {self._database} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())
