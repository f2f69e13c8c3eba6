"""Which column of a CSV file is which field of a contact: the names of the API, and those that other CRMs write into their exports."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from conduyt_kit.features.contacts.importing.csv_text import FIELD, Record
from conduyt_kit.features.contacts.importing.rows import Row, RowError
from conduyt_kit.features.custom_fields import CustomField
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import ValidationFailed

_NAMES = {
    "firstName": "firstname first givenname forename",
    "lastName": "lastname last surname familyname",
    "name": "name fullname contactname displayname contact",
    "email": "email emailaddress mail mailaddress primaryemail workemail businessemail email1value email1address",
    "phone": "phone phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber mobilephonenumber cell cellphone "
    "workphone businessphone homephone primaryphone phone1value",
    "company": "company companyname organization organisation organizationname organisationname organization1name account accountname "
    "employer",
    "companyId": "companyid",
    "source": "source leadsource contactsource originalsource",
    "tags": "tags tag labels label",
    "assignedTo": "assignedto assigneduserid",
    "": "id contactid createdat updatedat",
}
"""By field, the words that name it; "" is what an export of this API has besides and an import leaves alone."""

_NAME_PARTS = re.compile(r"[\W_]+")
_GUARDED = re.compile(r"'\s*[=+\-@\t\r＝＋－＠]")


@attrs.frozen
class _Column:
    field: str
    custom: CustomField | None = None


class CsvColumns:
    """The meaning of a header.

    Attributes:
        unknown: the names of columns that are not imported.

    Raises:
        ValidationFailed: no column is known, so that this is hardly a header.
    """

    def __init__(self, header: Sequence[str], custom_fields: Iterable[CustomField]) -> None:
        fields = list(custom_fields)
        self._columns = [_column(name, fields) for name in header]
        self.unknown = [name.strip() for name, column in zip(header, self._columns, strict=True) if column is None and name.strip()]
        if not any(column is not None and column.field for column in self._columns):
            known = "firstName, lastName, email, phone, company, source, tags"
            raise ValidationFailed.on(FIELD, f"The first row must name the columns, such as {known}; none of its names is known")

    @property
    def remarks(self) -> list[RowError]:
        """Return one remark for each column that is not imported."""
        return [RowError(row=None, field=name[:200], message="Unknown column, not imported") for name in self.unknown]

    def rows(self, records: Iterable[Record]) -> Iterator[Row]:
        """Yield each record as a row of the import."""
        for record in records:
            too_long = any(cell.strip() for cell in record.cells[len(self._columns) :])
            fault = f"The row has more fields than the header, which has {len(self._columns)}" if too_long else None
            yield Row(record.number, self._values(record), record.line, fault)

    def _values(self, record: Record) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column, raw in zip(self._columns, record.cells, strict=False):
            cell = _plain(raw)
            if column is not None and cell:
                _put(values, column, cell)
        _split_name(values)
        return values


def _column(name: str, custom_fields: Iterable[CustomField]) -> _Column | None:
    word = _NAME_PARTS.sub("", name.casefold())
    if word in _EXACT:
        return _Column(_EXACT[word])
    key = name.strip().removeprefix("customFields.")
    for field in custom_fields:
        if field.key == key or ids.fold(field.name) == ids.fold(key):
            return _Column("customFields", field)
    return _Column(_WORDS[word]) if word in _WORDS else None


_WORDS = {word: field for field, words in _NAMES.items() for word in words.split()}
_EXACT = {field.lower(): field for field in _NAMES if field and field != "name"}


def _plain(cell: str) -> str:
    # An export puts ' before what a spreadsheet would take for a formula; an import takes it off again.
    text = cell.strip()
    return text[1:] if _GUARDED.match(text) else text


def _put(values: dict[str, Any], column: _Column, cell: str) -> None:
    if column.field == "tags":
        values.setdefault("tags", []).extend(part.strip() for part in re.split(r"[;,|]", cell) if part.strip())
    elif column.custom is not None:
        values.setdefault("customFields", {}).setdefault(column.custom.key, _typed(column.custom, cell))
    elif column.field:
        values.setdefault(column.field, cell)


def _typed(field: CustomField, cell: str) -> Any:
    """Return the cell as the type of its custom field; as text where it cannot be read so, which the check of the row will say."""
    if field.type == "number" and re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?", cell):
        return float(cell) if "." in cell else int(cell)
    if field.type == "boolean":
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(cell.casefold(), cell)
    if field.type == "multi_select":
        return [part.strip() for part in re.split(r"[;,|]", cell) if part.strip()]
    return cell


def _split_name(values: dict[str, Any]) -> None:
    name = values.pop("name", None)
    if name is None or "firstName" in values or "lastName" in values:
        return
    last, comma, first = (part.strip() for part in name.partition(","))
    if not (comma and first):
        first, _, last = name.rpartition(" ")
    if not first:
        first, last = last, ""
    values["firstName"], values["lastName"] = first.strip(), last
