"""The use cases of bulk operations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from conduyt_kit.features.bulk.checking import check_updates
from conduyt_kit.features.bulk.entities import BULK_JOB, BulkJob
from conduyt_kit.features.bulk.operations import OPERATIONS, Operation
from conduyt_kit.features.tags import Tags
from conduyt_kit.kernel.changes import plain
from conduyt_kit.kernel.decoding import Decoder, given
from conduyt_kit.kernel.errors import ConduytError, Detail, NotFound
from conduyt_kit.kernel.jobs import JOB, NewJob
from conduyt_kit.kernel.naming import camel
from conduyt_kit.kernel.unit_of_work import UnitOfWork

RUN_JOB = "bulk.run"

CHUNK = 100
"""How many records one transaction changes: few enough that requests on the same records wait for a moment only."""


@attrs.frozen(kw_only=True)
class Work:
    """What a bulk job is to do: its id, the operation, and the values asked for, read back."""

    id: str
    operation: Operation
    values: Mapping[str, Any]


class BulkJobs:
    """Bulk operations of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._jobs = unit.repository(BULK_JOB)

    def start(self, operation: Operation, ids: Iterable[str], values: Mapping[str, Any] | None = None) -> BulkJob:
        """Take an operation down and enqueue the job that carries it out in the current actor's name (R89).

        Args:
            operation: one of `operations`.
            ids: the records; an id given twice, in whatever form, counts once. Unknown ones become errors of the job.
            values: checked inputs: fields to change by attribute name, or ``tags``. Tags that do not exist yet are created now (R92).

        Raises:
            ValidationFailed: no record could be given these values (R90).
        """
        wanted = dict(values or {})
        if operation.changes is not None:
            check_updates(self._unit, operation.entity, wanted)
        self._unit[Tags].ensure(wanted.get("tags") or ())
        targets = _distinct(operation, ids)
        arguments = {camel(name): plain(value) for name, value in wanted.items()}
        started = self._jobs.create(operation=operation.name, total=len(targets), ids=targets, arguments=arguments)
        self._unit.enqueue(NewJob(kind=RUN_JOB, key=started.id, args={"bulk_job": started.id}, as_actor=True))
        return started

    def get(self, id: str) -> BulkJob:
        """Return a bulk job; its status is failed once nothing will carry it on, until its durable job is retried (X9).

        Raises:
            NotFound: no such bulk job.
        """
        # Read first: a durable job that is done while its operation is not will never finish it.
        job = self._unit.repository(JOB).first_where(kind=RUN_JOB, key=id)
        found = self._jobs.get(id)
        if found.status == "processing" and (job is None or job.state in ("failed", "done")):
            return attrs.evolve(found, status="failed")
        return found

    def work(self, id: str) -> Work:
        """Return what a bulk job is to do.

        Raises:
            NotFound: no such bulk job.
        """
        found = self._jobs.get(id)
        operation = OPERATIONS[found.operation]
        if operation.changes is None:
            return Work(id=id, operation=operation, values=found.arguments)
        return Work(id=id, operation=operation, values=given(Decoder().body(operation.changes, found.arguments)))

    def handle(self, work: Work, *, most: int = CHUNK) -> bool:
        """Handle the next records, at most so many; return whether more are waiting. Records that do not exist are its errors.

        Raises:
            ConduytError: a record refused (`is_refusal`). Nothing of the unit may be committed then; handle its records one by one,
                and `refuse` that record.
        """
        found, operation = self._jobs.get_for_update(work.id), work.operation
        chunk = found.ids[found.processed : found.processed + most]
        known = self._unit.repository(operation.entity).get_many(chunk)
        operation.apply(self._unit, sorted(known, key=operation.entity.canonical_id), work.values)
        # A refusal must show before the progress is written.
        self._unit.flush()
        missing = [id for id in chunk if id not in known]
        return self._count(found, len(chunk), {id: (_unknown(operation, id),) for id in missing})

    def refuse(self, work: Work, place: int, error: ConduytError) -> bool:
        """Count the record at a place as an error, if it is the next one; return whether more are waiting."""
        found = self._jobs.get_for_update(work.id)
        if found.processed != place or place == found.total:
            return found.processed < found.total
        return self._count(found, 1, {found.ids[place]: error.details or (Detail("id", error.message),)})

    def place(self, work: Work) -> int:
        """Return how many records are handled."""
        return self._jobs.get(work.id).processed

    def _count(self, found: BulkJob, handled: int, refused: Mapping[str, Sequence[Detail]]) -> bool:
        processed = found.processed + handled
        details = [{"id": id, "field": detail.field, "message": detail.message} for id, details in refused.items() for detail in details]
        changes: dict[str, Any] = {
            "processed": processed,
            "errors": found.errors + len(refused),
            "error_details": found.error_details + details,
        }
        if processed == found.total:
            changes |= {"status": "completed", "finished_at": self._unit.now, "ids": [], "arguments": {}}
        if handled:
            self._jobs.change(found, **changes)
        return processed < found.total


def is_refusal(error: ConduytError) -> bool:
    """Whether an error is about the record, so that trying again would end the same; others are about the server."""
    return error.status < 500


def _distinct(operation: Operation, ids: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for id in ids:
        found.setdefault(operation.entity.canonical_id(id), id)
    return list(found.values())


def _unknown(operation: Operation, id: str) -> Detail:
    return Detail("id", NotFound.of(operation.entity.name, id).message)
