"""Make a revision from the entities: ``python -m conduyt_sqlalchemy.revise --owner kit -m "add companies"``.

For developers of the kit and of plugins that ship revisions. The entities are compared with a scratch SQLite database at the
latest revision; the script that comes out serves both databases. Read it before committing it: what a change means for the rows
that exist is not in the entities.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import renderers
from alembic.operations import ops

from conduyt_kit.extension.manager import load_plugins
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kit import Kit
from conduyt_sqlalchemy import revisions
from conduyt_sqlalchemy.migrate import apply, exclusive, specs_of
from conduyt_sqlalchemy.owners import KIT, owners_of, scripts_of
from conduyt_sqlalchemy.plugin import SqlAlchemyPlugin
from conduyt_sqlalchemy.storage import SqlStorage
from conduyt_sqlalchemy.tables import metadata_of

Owners = Mapping[str, Sequence[EntitySpec[Any]]]


@click.command()
@click.option("--owner", default=KIT, show_default=True, help="Whose tables: kit, or a plugin's name.")
@click.option("-m", "--message", required=True, help="What the revision does, in a few words.")
@click.option("--plugin", "plugins", multiple=True, help="An installed plugin to load, for an owner other than kit.")
def main(owner: str, message: str, plugins: tuple[str, ...]) -> None:
    """Make the next revision of an owner's tables, if anything has changed."""
    kit = Kit.build({}, plugins=[SqlAlchemyPlugin(), *load_plugins(plugins)])
    owners, scripts = owners_of(kit), scripts_of(kit)
    if owner not in owners or owner not in scripts:
        raise click.ClickException(f"{owner!r} has no entities or no directory for revisions (there are: {', '.join(scripts)})")
    path = revise(owners, scripts, owner, message)
    click.echo(path or "Nothing has changed")


def revise(owners: Owners, scripts: Mapping[str, Path], owner: str, message: str) -> Path | None:
    """Write the next revision of an owner's tables and return its path, or ``None`` if nothing has changed."""
    # An owner's tables are compared with what its revisions make, also when there is no revision yet.
    made = {name: specs for name, specs in owners.items() if name != owner or revisions.exist(scripts[owner])}
    with tempfile.TemporaryDirectory() as folder:
        storage = SqlStorage(f"sqlite:///{folder}/scratch.db")
        with exclusive(storage) as connection:
            apply(connection, made, scripts)
            return _write(connection, owners, owner, scripts[owner], message)


def _write(connection: sa.Connection, owners: Owners, owner: str, directory: Path, message: str) -> Path | None:
    metadata = metadata_of(specs_of(owners))
    config = revisions.config(owner, directory, connection)
    config.attributes.update(metadata=metadata, include_object=_own({spec.name for spec in owners[owner]}))
    (directory / "versions").mkdir(parents=True, exist_ok=True)
    number = f"{len(list((directory / 'versions').glob('*.py'))) + 1:04}"
    script = command.revision(config, message, autogenerate=True, rev_id=number, process_revision_directives=_finish(metadata))
    found = script[0] if isinstance(script, list) and script else script
    return Path(found.path) if found is not None and not isinstance(found, list) else None


def _own(tables: set[str]) -> Callable[[Any, str | None, str, bool, Any], bool]:
    def include(_item: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
        if kind == "table":
            return name in tables
        # Derived structures are reconciled with each upgrade and are no part of revisions.
        derived = reflected and compared is None and ((kind == "index" and (name or "").startswith("ix_")) or name == "search_id")
        return not derived

    return include


def _finish(metadata: sa.MetaData) -> Callable[[Any, Any, list[Any]], None]:
    def finish(_context: Any, _revision: Any, directives: list[Any]) -> None:
        (script,) = directives
        if script.upgrade_ops.is_empty():
            directives.clear()
            return
        made = {operation.table_name for operation in script.upgrade_ops.ops if isinstance(operation, ops.CreateTableOp)}
        late = _late_references(metadata, made)
        if late:
            script.imports.add("from conduyt_sqlalchemy.migrations import late_references")
            script.upgrade_ops.ops.append(LateReferencesOp(late))

    return finish


def _late_references(metadata: sa.MetaData, made: set[str]) -> list[tuple[str, str, str]]:
    return [
        (table.name, constraint.column_keys[1], constraint.referred_table.name)
        for table in metadata.tables.values()
        if table.name in made
        for constraint in table.foreign_key_constraints
        if constraint.use_alter
    ]


class LateReferencesOp(ops.MigrateOperation):
    """Renders as a call of `migrations.late_references.add`."""

    def __init__(self, references: list[tuple[str, str, str]]) -> None:
        self.references = references


@renderers.dispatch_for(LateReferencesOp)
def _render(_context: Any, operation: LateReferencesOp) -> str:
    return f"late_references.add({operation.references!r})"


if __name__ == "__main__":
    main()
