"""The documented bulk operations, the deletion of deals (X12), and the look at a job's progress (X9)."""

from typing import Any

import attrs

from conduyt_kit.features.bulk.entities import BulkJob, BulkStatus
from conduyt_kit.features.bulk.inputs import BulkIds, BulkTags, ContactUpdates, DealUpdates
from conduyt_kit.features.bulk.operations import (
    DELETE_CONTACTS,
    DELETE_DEALS,
    TAG_CONTACTS,
    UPDATE_CONTACTS,
    UPDATE_DEALS,
    Operation,
)
from conduyt_kit.features.bulk.service import BulkJobs
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope

SECTION = "Bulk Operations"


@attrs.frozen(kw_only=True)
class BulkJobView:
    """A bulk job as it was accepted; `processed` counts all handled records, `errors` those that were refused or do not exist."""

    job_id: str
    status: BulkStatus
    total: int
    processed: int
    errors: int


@attrs.frozen(kw_only=True)
class RecordError:
    """What is wrong with a record; the field is `id` where no other is to blame."""

    id: str
    field: str
    message: str


@attrs.frozen(kw_only=True)
class BulkProgress(BulkJobView):
    """A bulk job as it stands."""

    error_details: list[RecordError]


def update_contacts(call: Call[None, Any]) -> BulkJobView:
    return _started(call, UPDATE_CONTACTS, given(call.body.updates))


def delete_contacts(call: Call[None, BulkIds]) -> BulkJobView:
    return _started(call, DELETE_CONTACTS)


def tag_contacts(call: Call[None, BulkTags]) -> BulkJobView:
    return _started(call, TAG_CONTACTS, {"tags": call.body.tags})


def update_deals(call: Call[None, Any]) -> BulkJobView:
    return _started(call, UPDATE_DEALS, given(call.body.updates))


def delete_deals(call: Call[None, BulkIds]) -> BulkJobView:
    return _started(call, DELETE_DEALS)


def get_bulk_job(call: Call[None, None]) -> BulkProgress:
    found = call.unit[BulkJobs].get(call.path["jobId"])
    return BulkProgress(**_shared(found), error_details=[RecordError(**entry) for entry in found.error_details])


def _started(call: Call[None, Any], operation: Operation, values: dict[str, Any] | None = None) -> BulkJobView:
    return BulkJobView(**_shared(call.unit[BulkJobs].start(operation, call.body.ids, values)))


def _shared(found: BulkJob) -> dict[str, Any]:
    return {
        "job_id": found.id,
        "status": found.status,
        "total": found.total,
        "processed": found.processed,
        "errors": found.errors,
    }


def _accepting(path: str, summary: str, operation: Any, body: type, *, extension: bool = False) -> Endpoint:
    return Endpoint(
        method="POST",
        path=path,
        section=SECTION,
        summary=summary,
        operation=operation,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=BulkJobView,
        status=202,
        body=body,
        errors=(422,),
        extension=extension,
    )


ENDPOINTS = (
    _accepting("/bulk/contacts/update", "Update fields of many contacts.", update_contacts, ContactUpdates),
    _accepting("/bulk/contacts/delete", "Delete many contacts for good, with what belongs to them.", delete_contacts, BulkIds),
    _accepting("/bulk/contacts/tag", "Add tags to many contacts; tags that do not exist yet are created.", tag_contacts, BulkTags),
    _accepting("/bulk/deals/update", "Update fields of many deals.", update_deals, DealUpdates),
    _accepting("/bulk/deals/delete", "Delete many deals.", delete_deals, BulkIds, extension=True),
    Endpoint(
        method="GET",
        path="/bulk/jobs/:jobId",
        section=SECTION,
        summary="See how far a bulk operation is, and what was wrong with which record.",
        operation=get_bulk_job,
        scope=Scope.READ,
        envelope=Envelope.BARE,
        reply=BulkProgress,
        errors=(404,),
        extension=True,
    ),
)
