"""Storages for tests whose tables are made once per process: SQLite files are copies, PostgreSQL databases are emptied and used again."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from psycopg import sql

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.ports.storage import STORAGE, Storage
from conduyt_kit.testing import services
from conduyt_sqlalchemy import SqlStorage, create_tables

Specs = Sequence[EntitySpec[Any]]


class SqlStoragePlugin(KitPlugin):
    """An SQL database; `url_of` gives the URL of one that has the tables of a kit, at the first use."""

    name: ClassVar[str] = "test-sql"

    def __init__(self, url_of: Callable[[Specs], str]) -> None:
        self._url_of = url_of

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=STORAGE, name="sql", make=self._make)]

    def _make(self, kit: Kit) -> Storage:
        url = self._url_of(tuple(kit.assembly.entities.values()))
        return SqlStorage(url, pool_size=12, sqlite_synchronous="NORMAL")


@contextmanager
def sqlite_plugin(folder: Path) -> Iterator[KitPlugin]:
    """Yield the plugin of the SQLite file in that folder, made if it is missing."""

    def url_of(specs: Specs) -> str:
        path = folder / "test.db"
        if not path.exists():
            shutil.copyfile(_sqlite_template(_Tables(specs)), path)
        return f"sqlite:///{path}"

    yield SqlStoragePlugin(url_of)


@contextmanager
def postgres_plugin() -> Iterator[KitPlugin]:
    """Yield the plugin of an empty PostgreSQL database, which is given back at the end."""
    with ExitStack() as stack:
        yield SqlStoragePlugin(lambda specs: stack.enter_context(_databases().lent(_Tables(specs))))


class _Tables:
    """The entities of a kit, as a key: kits of the same entities have the same tables."""

    def __init__(self, specs: Specs) -> None:
        self.specs = tuple(specs)
        self._key = tuple(id(spec) for spec in self.specs)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tables) and self._key == other._key


@functools.cache
def _sqlite_template(tables: _Tables) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="conduyt-template-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "template.db"
    _fill(f"sqlite:///{path}", tables)
    return path


@functools.cache
def _databases() -> "_Databases":
    databases = _Databases()
    atexit.register(databases.close)
    return databases


class _Databases:
    """PostgreSQL databases of this process: creating one takes a second, emptying it a few milliseconds."""

    def __init__(self) -> None:
        self._free: dict[_Tables, list[str]] = {}
        self._all = ExitStack()

    @contextmanager
    def lent(self, tables: _Tables) -> Iterator[str]:
        """Lend an empty database with these tables. One that cannot be emptied at the end is not lent again."""
        free = self._free.setdefault(tables, [])
        url = free.pop() if free else self._new(tables)
        yield url
        _empty(url)
        free.append(url)

    def close(self) -> None:
        self._all.close()

    def _new(self, tables: _Tables) -> str:
        url = self._all.enter_context(services.postgres_url())
        _fill(url, tables)
        with _connected(url) as connection:
            # A test may not survive the crash of the server; a commit that waits for the disk only costs time.
            connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(connection.info.dbname)))
        return url


def _fill(url: str, tables: _Tables) -> None:
    storage = SqlStorage(url, pool_size=1)
    create_tables(storage, tables.specs)
    storage.close()


def _empty(url: str) -> None:
    with _connected(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # Without the triggers of foreign keys, the order of the tables does not matter.
        connection.execute("SET session_replication_role = replica")
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for name in names:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


def _connected(url: str) -> "psycopg.Connection[Any]":
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
