"""Questions for readiness and ``conduyt doctor``."""

from typing import TYPE_CHECKING

from conduyt_kit.kernel.errors import StorageUnavailable

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit
    from conduyt_sqlalchemy.storage import SqlStorage


def storage_of(kit: "Kit") -> "SqlStorage | None":
    """Return the kit's storage, prepared, if it is one of ours."""
    from conduyt_sqlalchemy.storage import SqlStorage

    storage = kit.environment.storage
    return storage if isinstance(storage, SqlStorage) else None


def migrations(kit: "Kit") -> str:
    """Return that the schema is up to date.

    Raises:
        StorageUnavailable: migrations are pending, or the database cannot be reached.
    """
    storage = storage_of(kit)
    if storage is None:
        return "another storage serves"
    storage.check()
    if not storage.at_head:
        from conduyt_sqlalchemy.migrate import pending
        from conduyt_sqlalchemy.owners import owners_of, scripts_of

        found = pending(storage, owners_of(kit), scripts_of(kit))
        if found:
            raise StorageUnavailable(f"{len(found)} changes of the schema are pending, first: {found[0]}; run `conduyt db upgrade`")
        # Readiness asks every few seconds; a schema that is up to date stays so while this process runs.
        storage.at_head = True
    return "up to date"


def search_index(kit: "Kit") -> str:
    """Return that searches use an index.

    Raises:
        StorageUnavailable: they read whole tables.
    """
    storage = storage_of(kit)
    if storage is None or storage.dialect == "sqlite":
        return "full-text tables" if storage else "another storage serves"
    from conduyt_sqlalchemy.derived import NO_TRIGRAM, TRIGRAM

    if not storage.has_extension(TRIGRAM):
        raise StorageUnavailable(NO_TRIGRAM)
    return "trigram indexes"
