from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from conduyt_kit.cli.state import State
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.errors import SettingsError, StorageUnavailable
from conduyt_kit.kernel.settings import Sources
from conduyt_kit.kit import Kit
from conduyt_kit.ports.storage import STORAGE
from conduyt_sqlalchemy import SqlStorage, health
from conduyt_sqlalchemy.commands import db
from conduyt_sqlalchemy.owners import owners_of, scripts_of
from conduyt_sqlalchemy.plugin import SqlAlchemyPlugin


@attrs.frozen(kw_only=True)
class Ship:
    id: str
    name: str


SHIP: EntitySpec[Ship] = entity(Ship, name="ship")


class ShipsPlugin(KitPlugin):
    name = "ships"

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        return [FeatureSpec(name="ships", description="Ships", entities=(SHIP,))]


class RevisedShipsPlugin(ShipsPlugin):
    def conduyt_sql_migrations(self) -> Iterable[Any]:
        from conduyt_sqlalchemy.hooks import SqlMigrations

        return [SqlMigrations(directory=Path("/ships/revisions"))]


def settings(tmp_path: Path, **database: Any) -> dict[str, Any]:
    return {"data_dir": str(tmp_path / "data"), "database": database}


def state(tmp_path: Path, *plugins: KitPlugin) -> State:
    return State(lambda: Sources(arguments=settings(tmp_path)), plugins=[SqlAlchemyPlugin(), *plugins])


def run(state: State, *arguments: str) -> Result:
    try:
        return CliRunner().invoke(db, arguments, obj=state)
    finally:
        state.close()


def test_the_default_database_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    with Kit.build(settings(tmp_path), plugins=[SqlAlchemyPlugin()]) as kit:
        storage = kit.provider(STORAGE)

        assert isinstance(storage, SqlStorage)
        assert storage.options.url == f"sqlite:///{tmp_path}/data/conduyt.db"
        assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    failed = run(state(tmp_path), "upgrade")

    assert isinstance(failed.exception, SettingsError)
    assert f"The folder {tmp_path}/data cannot be made" in str(failed.exception)
    assert "set CONDUYT_DATA_DIR" in str(failed.exception)


def test_wrong_settings_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        Kit.build(settings(tmp_path, pool_size=0, sqlite_synchronous="OFF"), plugins=[SqlAlchemyPlugin()])

    assert [detail.field for detail in refused.value.details] == ["database.pool_size", "database.sqlite_synchronous"]


def test_upgrade_makes_every_table_and_status_agrees(tmp_path: Path) -> None:
    before = run(state(tmp_path, ShipsPlugin()), "status")
    upgraded = run(state(tmp_path, ShipsPlugin()), "upgrade")
    after = run(state(tmp_path, ShipsPlugin()), "status")

    assert (before.exit_code, upgraded.exit_code, after.exit_code) == (1, 0, 0)
    assert "table ship\n" in before.output
    assert after.output == "The database is up to date\n"


def test_the_health_checks_say_what_is_pending(tmp_path: Path) -> None:
    with Kit.build(settings(tmp_path), plugins=[SqlAlchemyPlugin()]) as kit:
        with pytest.raises(StorageUnavailable, match="conduyt db upgrade"):
            health.migrations(kit)
        run(state(tmp_path), "upgrade")

        assert health.migrations(kit) == "up to date"
        assert health.search_index(kit) == "full-text tables"


def test_recount_answers_when_it_is_done(tmp_path: Path) -> None:
    run(state(tmp_path), "upgrade")

    assert run(state(tmp_path), "recount").exit_code == 0


def test_the_tables_of_a_plugin_are_its_own_and_may_have_revisions(tmp_path: Path) -> None:
    with Kit.build(settings(tmp_path), plugins=[SqlAlchemyPlugin(), RevisedShipsPlugin()]) as kit:
        owners = owners_of(kit)

        assert owners["ships"] == [SHIP]
        assert {"job", "contact", "company"} <= {spec.name for spec in owners["kit"]}
        assert scripts_of(kit)["ships"] == Path("/ships/revisions")


def test_a_storage_of_another_kind_is_not_upgraded(tmp_path: Path) -> None:
    other = State(lambda: Sources(arguments={**settings(tmp_path), "providers": {"storage": "memory"}}), plugins=[SqlAlchemyPlugin()])
    result = run(other, "upgrade")

    assert isinstance(result.exception, StorageUnavailable)
