"""``conduyt db``: upgrade, status, recount."""

from typing import TYPE_CHECKING

import click

from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.kernel.errors import StorageUnavailable

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit
    from conduyt_sqlalchemy.storage import SqlStorage


@click.group()
def db() -> None:
    """Create and upgrade the database."""


@db.command()
@pass_state
def upgrade(state: State) -> None:
    """Bring the schema up to date; does nothing when it is. Safe to run from several processes at once."""
    from conduyt_sqlalchemy.migrate import pending
    from conduyt_sqlalchemy.migrate import upgrade as run
    from conduyt_sqlalchemy.owners import owners_of, scripts_of

    kit = state.kit()
    storage = _storage(kit)
    changes = pending(storage, owners_of(kit), scripts_of(kit))
    # Also when nothing is pending: indexes and search texts follow the entities.
    for notice in run(storage, owners_of(kit), scripts_of(kit)):
        click.echo(notice, err=True)
    click.echo(f"The database is up to date ({len(changes)} changes made)" if changes else "The database is up to date", err=True)


@db.command()
@pass_state
def status(state: State) -> None:
    """Say what an upgrade would do. Exits with 1 if anything is pending."""
    from conduyt_sqlalchemy.migrate import pending
    from conduyt_sqlalchemy.owners import owners_of, scripts_of

    kit = state.kit()
    changes = pending(_storage(kit), owners_of(kit), scripts_of(kit))
    for change in changes:
        click.echo(change)
    if changes:
        raise click.ClickException(f"{len(changes)} changes are pending; run `conduyt db upgrade`")
    click.echo("The database is up to date")


@db.command()
@pass_state
def recount(state: State) -> None:
    """Count all rows anew. Needed only after rows were changed around the server, such as a restore of single tables."""
    from conduyt_sqlalchemy.migrate import recount as run

    run(_storage(state.kit()))
    click.echo("The kept row numbers are right")


def _storage(kit: "Kit") -> "SqlStorage":
    from conduyt_sqlalchemy.health import storage_of

    storage = storage_of(kit)
    if storage is None:
        raise StorageUnavailable('Another storage than this plugin\'s serves; set providers = {storage = "sqlalchemy"}')
    return storage
