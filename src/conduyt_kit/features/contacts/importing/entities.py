"""An import and the chunks of rows that still wait to be handled."""

import datetime as dt
from typing import Any, Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored

ImportStatus = Literal["processing", "completed", "failed"]


@attrs.frozen(kw_only=True)
class ContactImport:
    """The progress of one import. `error_details` are objects of row, field and message."""

    id: str
    status: ImportStatus = "processing"
    total: int
    created: int = 0
    updated: int = 0
    errors: int = 0
    error_details: list[Any] = attrs.field(factory=list)
    tags: list[str] = attrs.field(factory=list)
    source: str | None = None
    default_region: str | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    finished_at: dt.datetime | None = None


CONTACT_IMPORT: EntitySpec[ContactImport] = entity(
    ContactImport,
    name="contact_import",
    new_id=ids.sortable("imp_"),
    sort=("-created_at",),
    events=False,
    audited=False,
    counted=False,
)


@attrs.frozen(kw_only=True)
class ImportChunk:
    """Rows that are still to be handled. It is deleted in the transaction that writes their contacts, so no row is handled twice."""

    id: str
    import_id: str = attrs.field(metadata=stored(ref=ref("contact_import", on_delete=CASCADE)))
    position: int
    rows: list[Any]


IMPORT_CHUNK: EntitySpec[ImportChunk] = entity(
    ImportChunk,
    name="contact_import_chunk",
    new_id=ids.sortable("imc_"),
    indexes=[("import_id", "position")],
    sort=("position",),
    events=False,
    audited=False,
    counted=False,
)
