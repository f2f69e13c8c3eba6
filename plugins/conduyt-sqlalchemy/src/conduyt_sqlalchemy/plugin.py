"""The plugin ``sqlalchemy``: the storage, its commands and its health checks."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import CommandSpec, HealthCheck, ProviderSpec
from conduyt_kit.kernel.settings import SettingsSpec
from conduyt_kit.ports.storage import STORAGE
from conduyt_sqlalchemy import health
from conduyt_sqlalchemy.commands import db
from conduyt_sqlalchemy.hooks import SqlHooks
from conduyt_sqlalchemy.settings import DATABASE_SETTINGS, DatabaseSettings

if TYPE_CHECKING:
    from conduyt_kit.extension.manager import PluginManager
    from conduyt_kit.kit import Kit
    from conduyt_sqlalchemy.storage import SqlStorage


class SqlAlchemyPlugin(KitPlugin):
    """Storage on SQLite and PostgreSQL; the section ``database``, ``conduyt db``, the hook ``conduyt_sql_migrations``."""

    name: ClassVar[str] = "sqlalchemy"

    def conduyt_addhooks(self, manager: "PluginManager") -> None:
        manager.add_hooks(SqlHooks)

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [DATABASE_SETTINGS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=STORAGE, name="sqlalchemy", make=_storage)]

    def conduyt_commands(self) -> Iterable[CommandSpec]:
        return [CommandSpec(command=db)]

    def conduyt_health_checks(self) -> Iterable[HealthCheck]:
        return [
            HealthCheck(name="migrations", check=health.migrations),
            HealthCheck(name="search index", check=health.search_index, essential=False),
        ]


def _storage(kit: "Kit") -> "SqlStorage":
    from conduyt_sqlalchemy.storage import SqlStorage

    settings = kit.settings.section(DatabaseSettings)
    return SqlStorage(
        settings.url.reveal() or f"sqlite:///{(kit.own_settings.data_dir / 'conduyt.db').absolute()}",
        pool_size=settings.pool_size,
        pool_timeout=settings.pool_timeout,
        sqlite_synchronous=settings.sqlite_synchronous,
        busy_timeout=settings.busy_timeout,
        statement_timeout=settings.statement_timeout,
        lock_timeout=settings.lock_timeout,
        idle_in_transaction_timeout=settings.idle_in_transaction_timeout,
        prepared_statements=settings.prepared_statements,
    )
