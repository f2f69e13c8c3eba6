from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import attrs
import click
import pytest

from conduyt_kit import Kit
from conduyt_kit.extension import CommandSpec, KitPlugin, ProviderSpec, SettingsSpec, setting
from conduyt_kit.features.workspaces import all_workspaces
from conduyt_kit.kernel.errors import StorageUnavailable
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.ports.transport import TRANSPORT
from tests.cli.conftest import Conduyt

MakeConduyt = Callable[..., Conduyt]


@attrs.frozen(kw_only=True)
class HttpSettings:
    host: str = attrs.field(default="127.0.0.2", metadata=setting("Where to listen."))
    port: int = attrs.field(default=8123, metadata=setting("The port to listen at."))


class Telegraph(KitPlugin):
    """A transport that notes how it was asked to serve."""

    name: ClassVar[str] = "telegraph"

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [SettingsSpec(name="http", cls=HttpSettings)]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=TRANSPORT, name="telegraph", make=lambda _: self)]

    def application(self) -> None:
        """Nothing to mount."""

    def serve(self, **asked: Any) -> None:
        self.asked.append(asked)


class Ledger(KitPlugin):
    """An SQL storage as the SQL plugin brings it, with its ``db upgrade``."""

    name: ClassVar[str] = "ledger"

    def __init__(self, url: str) -> None:
        self._url = url

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        from conduyt_sqlalchemy.storage import SqlStorage

        return [ProviderSpec(port=STORAGE, name="ledger", make=lambda _: SqlStorage(self._url))]

    def conduyt_commands(self) -> Iterable[CommandSpec]:
        @click.group()
        def db() -> None: ...

        @db.command()
        @click.pass_obj
        def upgrade(state: Any) -> None:
            from conduyt_sqlalchemy.migrate import create_tables

            kit: Kit = state.kit()
            create_tables(kit.environment.storage, tuple(kit.assembly.entities.values()))  # type: ignore[arg-type]
            click.echo("upgraded")

        return [CommandSpec(command=db)]


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ((), {"host": "127.0.0.2", "port": 8123, "workers": None}),
        (("--host", "::1", "--port", "0", "--workers", "2"), {"host": "::1", "port": 0, "workers": 2}),
    ],
)
def test_the_transport_serves_where_settings_and_options_say(
    make_conduyt: MakeConduyt, arguments: tuple[str, ...], asked: dict[str, Any]
) -> None:
    telegraph = Telegraph()

    ended = make_conduyt(telegraph)("serve", *arguments)

    assert ended.code == 0
    assert telegraph.asked == [asked]
    shown = "[::1]:0" if asked["host"] == "::1" else "127.0.0.2:8123"
    assert f"operations at http://{shown}/api/v1; reference: http://{shown}/docs" in ended.out


def test_the_start_says_where_data_is_and_what_is_pretended(make_conduyt: MakeConduyt) -> None:
    lines = make_conduyt(Telegraph())("serve").out.splitlines()

    assert lines[1:6] == [
        "Data:     in memory, gone when the server stops",
        "Jobs:     run by this server (inline)",
        "E-mail:   written to the console, nothing is sent; see `conduyt config explain`",
        "SMS:      written to the console, nothing is sent; see `conduyt config explain`",
        "Billing:  pretended, nobody pays; see `conduyt config explain`",
    ]
    assert "conduyt user create" in lines[6]
    assert "/api/v1/auth/register" in lines[7]


def test_without_a_transport_the_remedy_is_told(conduyt: Conduyt) -> None:
    ended = conduyt("serve")

    assert (ended.code, ended.out) == (2, "")
    assert "Nothing provides 'transport'" in ended.err


def test_an_embedded_database_is_made_on_the_way(make_conduyt: MakeConduyt, tmp_path: Path) -> None:
    telegraph, file = Telegraph(), tmp_path / "conduyt.db"
    conduyt = make_conduyt(telegraph, Ledger(f"sqlite:///{file}"), data_dir=tmp_path)

    first = conduyt("serve")
    second = conduyt("serve")

    assert (first.code, second.code, len(telegraph.asked)) == (0, 0, 2)
    assert (first.err, second.err) == ("upgraded\n", "")
    assert "upgraded" not in first.out
    assert f"Data:     sqlite, {tmp_path}" in second.out
    assert (tmp_path / "secret.key").exists()
    conduyt.kit.environment.storage.check()


def test_the_first_user_makes_the_embedded_database(make_conduyt: MakeConduyt, tmp_path: Path) -> None:
    conduyt = make_conduyt(Ledger(f"sqlite:///{tmp_path / 'conduyt.db'}"), data_dir=tmp_path)

    assert conduyt.create_user().code == 0
    assert len(all_workspaces(conduyt.kit.environment)) == 1


@pytest.mark.service
def test_the_tables_of_a_postgresql_database_are_left_to_who_runs_it(make_conduyt: MakeConduyt) -> None:
    from conduyt_kit.testing.services import postgres_url

    with postgres_url() as url:
        telegraph = Telegraph()
        conduyt = make_conduyt(telegraph, Ledger(url))

        ended = conduyt("serve")

        assert (ended.code, ended.out, telegraph.asked) == (1, "", [])
        assert "tables are missing or outdated" in ended.err
        assert "conduyt db upgrade" in ended.err
        with pytest.raises(StorageUnavailable):
            conduyt.kit.environment.storage.check()
        conduyt.state.close()
