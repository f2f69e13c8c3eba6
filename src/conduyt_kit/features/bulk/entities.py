"""A bulk operation and how far it is."""

import datetime as dt
from typing import Any, Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import stored

BulkStatus = Literal["processing", "completed", "failed"]


@attrs.frozen(kw_only=True)
class BulkJob:
    """One bulk operation.

    `processed` counts the records that were handled, well or badly, and so is the place in `ids` where the operation goes on. It is
    written in the transaction that changes the records, so a record is never handled twice or skipped. `errors` are those of them that
    were handled badly; `error_details` has objects of id, field and message. `ids` and `arguments` are forgotten at the end.
    """

    id: str
    operation: str
    status: BulkStatus = "processing"
    total: int
    processed: int = 0
    errors: int = 0
    error_details: list[Any] = attrs.field(factory=list)
    ids: list[str]
    arguments: dict[str, Any] = attrs.field(factory=dict)
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    finished_at: dt.datetime | None = None


BULK_JOB: EntitySpec[BulkJob] = entity(
    BulkJob,
    name="bulk_job",
    new_id=ids.sortable("job_"),
    sort=("-created_at",),
    events=False,
    audited=False,
    counted=False,
)
