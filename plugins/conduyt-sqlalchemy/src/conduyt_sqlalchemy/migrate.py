"""Bringing a database's schema to what the entities need; see the README for how owners and revisions work."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import StorageUnavailable
from conduyt_kit.kernel.jobs import JOB
from conduyt_sqlalchemy import additive, derived, recounts, revisions
from conduyt_sqlalchemy.engine import dialect_of, ensure_folder, migration_engine
from conduyt_sqlalchemy.presence import missing
from conduyt_sqlalchemy.schema import schema_of
from conduyt_sqlalchemy.storage import SqlStorage
from conduyt_sqlalchemy.tables import metadata_of, storage_metadata

Owners = Mapping[str, Sequence[EntitySpec[Any]]]

_UPGRADE_LOCK = 0x636F6E6475797431  # "conduyt1"


def upgrade(storage: SqlStorage, owners: Owners, scripts: Mapping[str, Path] | None = None) -> list[str]:
    """Bring the schema up to date, in one transaction: either all of it is done or nothing is.

    Several processes may do it at the same time; one does it while the others wait.

    Args:
        storage: the database; it need not be prepared.
        owners: the entities of each owner (the kit, a plugin), in the order in which they may refer to each other.
        scripts: the directory with the Alembic revisions of an owner. An owner without one, or without a revision in it, gets its
            tables made and extended from its entities.

    Returns:
        Sentences about what could not be done but is not needed to serve, such as a search index.

    Raises:
        StorageUnavailable: the database cannot be reached, or a change cannot be made to the data that is there.
    """
    owners = _with_jobs(owners)
    ensure_folder(storage.options.url)
    with exclusive(storage) as connection:
        apply(connection, owners, scripts or {})
        notices = derived.reconcile(connection, schema_of(specs_of(owners), dialect_of(storage.options.url)))
        _refuse_dangling_references(connection)
    # Connections made before know neither the new tables nor the plans they allow.
    storage.close()
    return notices


def apply(connection: sa.Connection, owners: Owners, scripts: Mapping[str, Path]) -> None:
    """Make and change tables, without what is derived from them: by revisions where an owner has some, else from its entities."""
    additive.extend(connection, storage_metadata(), storage_metadata().tables)
    metadata = metadata_of(specs_of(owners))
    for owner, specs in owners.items():
        directory = scripts.get(owner)
        if directory is not None and revisions.exist(directory):
            revisions.run(connection, owner, directory)
        else:
            additive.extend(connection, metadata, [spec.name for spec in specs])


def specs_of(owners: Owners) -> list[EntitySpec[Any]]:
    """Return the entities of all owners."""
    return [spec for specs in owners.values() for spec in specs]


def _with_jobs(owners: Owners) -> Owners:
    """Return the owners, with the storage itself as the owner of the jobs where nobody else is."""
    declared = {spec.name for spec in specs_of(owners)}
    return owners if JOB.name in declared else {"storage": [JOB], **owners}


def create_tables(storage: SqlStorage, specs: Sequence[EntitySpec[Any]]) -> None:
    """Make and extend the tables of these entities, without revisions: for tests and for owners that have none."""
    upgrade(storage, {"entities": specs})


def recount(storage: SqlStorage) -> None:
    """Count the rows of all prepared entities anew, after changes made around the storage, such as a partial restore."""
    with exclusive(storage) as connection:
        for entity in storage.schema.entities.values():
            if entity.spec.counted:
                recounts.recount(connection, entity)


def pending(storage: SqlStorage, owners: Owners, scripts: Mapping[str, Path] | None = None) -> list[str]:
    """Return what `upgrade` would do, each in a few words; empty when the schema is up to date.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """
    schema = schema_of(specs_of(_with_jobs(owners)), dialect_of(storage.options.url))
    ensure_folder(storage.options.url)
    engine = migration_engine(storage.options)
    try:
        with engine.connect() as connection:
            found = missing(sa.inspect(connection), schema)
            found += [f"search texts of {name}" for name in derived.stale_texts(connection, schema)]
            for owner, directory in (scripts or {}).items():
                found += [f"revision {revision} of {owner}" for revision in revisions.pending(connection, owner, directory)]
            return found
    except sa.exc.OperationalError as error:
        remedy = "check its folder's permissions" if engine.dialect.name == "sqlite" else "check `database.url`"
        raise StorageUnavailable(f"The database cannot be reached: {str(error.orig).strip()}; {remedy}") from error
    finally:
        engine.dispose()


@contextmanager
def exclusive(storage: SqlStorage) -> Iterator[sa.Connection]:
    """Yield a connection in a transaction that no other upgrade runs beside."""
    engine = migration_engine(storage.options)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
            yield connection
    except (sa.exc.OperationalError, sa.exc.IntegrityError) as error:
        raise StorageUnavailable(f"The schema cannot be upgraded: {str(error.orig).strip()}; nothing was changed") from error
    finally:
        engine.dispose()


def _refuse_dangling_references(connection: sa.Connection) -> None:
    """References are not checked while SQLite rebuilds tables, so they are before anything is committed."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise StorageUnavailable(
                f"The upgrade would leave references of {broken[0]} to {broken[2]} that point at nothing; nothing was changed"
            )
