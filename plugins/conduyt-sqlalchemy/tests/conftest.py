import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.testing import services
from conduyt_sqlalchemy import SqlStorage, create_tables

MakeStorage = Callable[..., SqlStorage]


@pytest.fixture(scope="session")
def make_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeStorage]:
    folder = tmp_path_factory.mktemp("sqlite")
    # Python 3.13 warns of a connection that nobody closed, in whichever test runs when it is collected.
    with ExitStack() as made:

        def make(specs: Sequence[EntitySpec[Any]], **options: Any) -> SqlStorage:
            storage = _prepared(f"sqlite:///{folder}/{secrets.token_hex(6)}.db", specs, options)
            made.callback(storage.close)
            return storage

        yield make


@pytest.fixture(scope="session")
def make_postgres() -> Iterator[MakeStorage]:
    import psycopg

    # A schema each is as empty as a database and made in a hundredth of the time.
    with services.postgres_url() as url, psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:

        def make(specs: Sequence[EntitySpec[Any]], **options: Any) -> SqlStorage:
            schema = f"test_{secrets.token_hex(6)}"
            connection.execute(f"CREATE SCHEMA {schema}")
            mark = "&" if "?" in url else "?"
            return _prepared(f"{url}{mark}options=-csearch_path%3D{schema},public", specs, options)

        for extension in ("pg_trgm", "btree_gist"):
            with suppress(psycopg.Error):
                connection.execute(f"CREATE EXTENSION {extension}")
        yield make


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def make_storage(request: pytest.FixtureRequest) -> MakeStorage:
    made: MakeStorage = request.getfixturevalue(f"make_{request.param}")
    return made


def _prepared(url: str, specs: Sequence[EntitySpec[Any]], options: dict[str, Any]) -> SqlStorage:
    storage = SqlStorage(url, **options)
    create_tables(storage, specs)
    storage.prepare(specs)
    return storage
