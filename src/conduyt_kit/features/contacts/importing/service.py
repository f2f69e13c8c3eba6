"""The use cases of imports that run as durable jobs."""

from collections.abc import Sequence
from typing import Any

import attrs

from conduyt_kit.features.contacts.importing.batches import Outcome, write_batch
from conduyt_kit.features.contacts.importing.entities import CONTACT_IMPORT, IMPORT_CHUNK, ContactImport
from conduyt_kit.features.contacts.importing.rows import ImportOptions, Row, RowError, RowReader
from conduyt_kit.kernel.jobs import JOB, NewJob
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

IMPORT_JOB = "contacts.import"

CHUNK = 250
MOST_DETAILS = 5000


class ContactImports:
    """Imports of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._imports = unit.repository(CONTACT_IMPORT)
        self._chunks = unit.repository(IMPORT_CHUNK)

    def start(self, rows: Sequence[Row], options: ImportOptions, remarks: Sequence[RowError] = ()) -> ContactImport:
        """Keep the rows and enqueue the job that imports them in the current actor's name (R24).

        Args:
            rows: at most as many as one unit of work can hold; see `streaming.import_rows` for files of any size.
            options: what holds for all rows.
            remarks: entries of the report that concern the whole file.
        """
        started = self._imports.create(
            total=len(rows), error_details=_stored(remarks), tags=options.tags, source=options.source, default_region=options.default_region
        )
        for position in range(0, len(rows), CHUNK):
            chunk = [list(attrs.astuple(row, recurse=False)) for row in rows[position : position + CHUNK]]
            self._chunks.create(import_id=started.id, position=position, rows=chunk)
        self._unit.enqueue(NewJob(kind=IMPORT_JOB, key=started.id, args={"import": started.id}, as_actor=True))
        return started

    def get(self, id: str) -> ContactImport:
        """Return an import; its status is failed while its job is set aside, and goes on when the job is retried (X8).

        Raises:
            NotFound: no such import.
        """
        found = self._imports.get(id)
        if found.status == "processing":
            job = self._unit.repository(JOB).first_where(kind=IMPORT_JOB, key=found.id)
            if job is not None and job.state == "failed":
                return attrs.evolve(found, status="failed")
        return found

    def handle_chunk(self, id: str, reader: RowReader | None = None) -> bool:
        """Import the next chunk of rows; return whether more are waiting.

        The chunk is deleted in the same unit of work, so that after a crash it is handled either wholly or not at all.

        Raises:
            NotFound: no such import.
        """
        found = self._imports.get_for_update(id)
        waiting = self._chunks.all(where(import_id=id), limit=2)
        outcome = Outcome()
        if waiting:
            options = ImportOptions(tags=found.tags, source=found.source, default_region=found.default_region)
            rows = [Row(*values) for values in waiting[0].rows]
            outcome = write_batch(self._unit, rows, options, reader or RowReader(options))
            self._chunks.remove(waiting[0])
        self._count(found, outcome, over=len(waiting) < 2)
        return len(waiting) == 2

    def _count(self, found: ContactImport, outcome: Outcome, *, over: bool) -> None:
        changes: dict[str, Any] = {
            "created": found.created + outcome.created,
            "updated": found.updated + outcome.updated,
            "errors": found.errors + outcome.errors,
            "error_details": (found.error_details + _stored(outcome.details))[:MOST_DETAILS],
        }
        if over:
            changes |= {"status": "completed", "finished_at": self._unit.now}
        self._imports.change(found, **changes)


def _stored(details: Sequence[RowError]) -> list[dict[str, Any]]:
    return [attrs.asdict(detail) for detail in details]
