"""Whose tables are whose, in a kit."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conduyt_kit.assembly import KERNEL
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_sqlalchemy.hooks import SqlMigrations

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit

KIT = "kit"
KIT_MIGRATIONS = Path(__file__).parent / "migrations" / "kit"

_BUILT_IN = (KERNEL, "crm")


def owners_of(kit: "Kit") -> dict[str, list[EntitySpec[Any]]]:
    """Return the entities of each owner: those that come with the kit belong to ``kit``, all others to their plugin."""
    found: dict[str, list[EntitySpec[Any]]] = {KIT: []}
    for name, spec in kit.assembly.entities.items():
        plugin = kit.assembly.owners[name]
        found.setdefault(KIT if plugin in _BUILT_IN else plugin, []).append(spec)
    return found


def scripts_of(kit: "Kit") -> Mapping[str, Path]:
    """Return the directories with the revisions of the owners that have some."""
    registered = kit.manager.collect("conduyt_sql_migrations", SqlMigrations)
    return {KIT: KIT_MIGRATIONS, **{item.plugin: item.record.directory for item in registered}}
