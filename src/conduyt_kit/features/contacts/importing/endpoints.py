"""The documented import of contacts, and the look at its progress (X8)."""

from typing import Any

import attrs
import msgspec

from conduyt_kit.features.contacts.importing.csv_columns import CsvColumns
from conduyt_kit.features.contacts.importing.entities import ContactImport, ImportStatus
from conduyt_kit.features.contacts.importing.inputs import CsvUpload, ImportInput, ImportQuery, read_csv, read_form
from conduyt_kit.features.contacts.importing.rows import ImportOptions, Row
from conduyt_kit.features.contacts.importing.service import ContactImports
from conduyt_kit.features.custom_fields import CustomFields
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope

SECTION = "Contacts"


@attrs.frozen(kw_only=True)
class ImportView:
    """An import as it was accepted (R24)."""

    import_id: str
    status: ImportStatus
    total: int
    created: int
    updated: int
    errors: int


@attrs.frozen(kw_only=True)
class ErrorDetail:
    """What is wrong with a row, counted from 1; without a row, a remark on the file. `line` is where the row begins in a CSV file."""

    row: int | None
    field: str
    message: str
    line: int | msgspec.UnsetType = msgspec.UNSET


@attrs.frozen(kw_only=True)
class ImportProgress(ImportView):
    """An import as it stands."""

    error_details: list[ErrorDetail]


def start_import(call: Call[ImportQuery, Any]) -> ImportView:
    imports = call.unit[ContactImports]
    body = call.body
    if isinstance(body, CsvUpload):
        columns = CsvColumns(body.header, call.unit[CustomFields].list("contact"))
        return ImportView(**_shared(imports.start(list(columns.rows(body.records)), body.options, columns.remarks)))
    wanted: ImportInput = body
    options = ImportOptions(tags=wanted.tags, source=wanted.source, default_region=wanted.default_region)
    return ImportView(**_shared(imports.start([Row(number, values) for number, values in enumerate(wanted.contacts, 1)], options)))


def get_import(call: Call[None, None]) -> ImportProgress:
    found = call.unit[ContactImports].get(call.path["importId"])
    return ImportProgress(**_shared(found), error_details=[_error(entry) for entry in found.error_details])


def _shared(found: ContactImport) -> dict[str, Any]:
    return {
        "import_id": found.id,
        "status": found.status,
        "total": found.total,
        "created": found.created,
        "updated": found.updated,
        "errors": found.errors,
    }


def _error(entry: dict[str, Any]) -> ErrorDetail:
    line = msgspec.UNSET if entry["line"] is None else entry["line"]
    return ErrorDetail(row=entry["row"], field=entry["field"], message=entry["message"], line=line)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/contacts/import",
        section=SECTION,
        summary="Import contacts from a CSV file or JSON array; contacts with a known email address are updated.",
        operation=start_import,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=ImportView,
        status=202,
        query=ImportQuery,
        body=ImportInput,
        accepts={"text/csv": read_csv, "multipart/form-data": read_form},
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/contacts/import/:importId",
        section=SECTION,
        summary="See how far an import is, and what was wrong with which row.",
        operation=get_import,
        scope=Scope.READ,
        envelope=Envelope.BARE,
        reply=ImportProgress,
        errors=(404,),
        extension=True,
    ),
)
