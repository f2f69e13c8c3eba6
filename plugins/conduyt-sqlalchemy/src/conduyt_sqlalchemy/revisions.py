"""Running an owner's Alembic revisions: one version table for each owner, so that removing a plugin never stops the others."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory


def version_table(owner: str) -> str:
    """Return the name of the table that says which revision an owner's tables are at."""
    return f"schema_version_{owner.replace('-', '_')}"


def config(owner: str, directory: Path, connection: sa.Connection | None = None) -> Config:
    """Return the Alembic configuration of an owner's revisions; its ``env.py`` calls `environment.run`."""
    found = Config()
    found.set_main_option("script_location", str(directory).replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    found.attributes.update(connection=connection, version_table=version_table(owner))
    return found


def exist(directory: Path) -> bool:
    """Return whether there is any revision in an owner's directory."""
    return any((directory / "versions").glob("*.py"))


def run(connection: sa.Connection, owner: str, directory: Path) -> None:
    """Run the revisions that the database has not seen, inside the connection's transaction."""
    command.upgrade(config(owner, directory, connection), "head")


def pending(connection: sa.Connection, owner: str, directory: Path) -> list[str]:
    """Return the ids of the revisions that `run` would run, in order."""
    if not exist(directory):
        return []
    context = MigrationContext.configure(connection, opts={"version_table": version_table(owner)})
    script = ScriptDirectory.from_config(config(owner, directory))
    done = {revision.revision for head in context.get_current_heads() for revision in script.iterate_revisions(head, "base")}
    return [revision.revision for revision in reversed(list(script.walk_revisions())) if revision.revision not in done]
