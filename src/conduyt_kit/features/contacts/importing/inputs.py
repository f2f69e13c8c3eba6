"""What the endpoints of the import take: JSON, CSV, or a form with a CSV file (A23)."""

import io
from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.contacts.importing.csv_text import FIELD, CsvTable, Record, open_text
from conduyt_kit.features.contacts.importing.multipart import Part, parts_of
from conduyt_kit.features.contacts.importing.rows import ImportOptions
from conduyt_kit.kernel.decoding import Decoder
from conduyt_kit.kernel.endpoints import Request
from conduyt_kit.kernel.errors import ValidationFailed

MOST_ROWS = 1000


@attrs.frozen(kw_only=True)
class ImportInput(ImportOptions):
    """Contacts to import; each row is checked by the import, and a bad one stops no other (R22)."""

    contacts: Annotated[list[Any], Meta(max_length=MOST_ROWS, description="Array of contact objects (max 1,000 per request)")]


@attrs.frozen(kw_only=True)
class ImportQuery:
    """Options beside a body of ``text/csv``; tags are separated by commas."""

    tags: Annotated[str, Meta(description="With a CSV body: tags to apply to all imported contacts, separated by commas")] | None = None
    source: Annotated[str, Meta(description="With a CSV body: lead source to assign to all imported contacts")] | None = None
    default_region: Annotated[str, Meta(description="With a CSV body: country of phone numbers without a code")] | None = None


@attrs.frozen
class CsvUpload:
    """A CSV file, read but not yet understood."""

    header: list[str]
    records: list[Record]
    options: ImportOptions


def read_csv(request: Request) -> CsvUpload:
    """Read a body of ``text/csv``; options are query parameters.

    Raises:
        ValidationFailed: the file is not acceptable, has too many rows, or options are wrong.
    """
    options = {name: list(request.query.get(name, ())) for name in ("tags", "source", "defaultRegion")}
    charset = _charset(request.headers.get("content-type", ""))
    return _upload(request.body, charset, options)


def read_form(request: Request) -> CsvUpload:
    """Read a form with the CSV file in the part ``file``; options are further parts.

    Raises:
        InvalidRequest: the form is malformed.
        ValidationFailed: as for `read_csv`, or there is no file.
    """
    parts = parts_of(request.headers.get("content-type", ""), request.body)
    files = [part for part in parts if part.name == FIELD]
    if not files:
        raise ValidationFailed.on(FIELD, "Required")
    return _upload(files[0].content, files[0].charset, {name: _texts(parts, name) for name in ("tags", "source", "defaultRegion")})


def _texts(parts: Iterable[Part], name: str) -> list[str]:
    return [part.text for part in parts if part.name == name]


def _upload(content: bytes, charset: str | None, given: dict[str, list[str]]) -> CsvUpload:
    options: dict[str, Any] = {name: values[-1] for name, values in given.items() if values and values[-1].strip()}
    options["tags"] = [tag for value in given["tags"] for tag in value.split(",") if tag.strip()]
    decoded = Decoder().body(ImportOptions, options)
    table = CsvTable(open_text(io.BytesIO(content), charset))
    records = list(islice(table, MOST_ROWS + 1))
    if len(records) > MOST_ROWS:
        raise ValidationFailed.on(FIELD, f"Must have at most {MOST_ROWS} rows; split the file, or import it on the command line")
    return CsvUpload(table.header, records, decoded)


def _charset(content_type: str) -> str | None:
    from email.message import Message

    header = Message()
    header["Content-Type"] = content_type
    return header.get_content_charset()
