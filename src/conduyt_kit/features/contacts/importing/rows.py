"""One row of an import, and what makes it a good or a bad one."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import attrs
import phonenumbers
from msgspec import Meta

from conduyt_kit.features.contacts.inputs import READ_ONLY, ContactChanges
from conduyt_kit.features.tags import TagNames
from conduyt_kit.kernel.decoding import Decoder, given
from conduyt_kit.kernel.errors import ConduytError, Detail
from conduyt_kit.kernel.values import ShortText

Region = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", description="Country of phone numbers without a country code, such as US")]


@attrs.frozen(kw_only=True)
class ImportOptions:
    """What holds for all rows.

    Attributes:
        tags: added to each row's own (R23).
        source: for contacts that have none, neither in the row nor, if they exist, already (R23).
        default_region: the country of phone numbers that are written without a country code; ``None`` makes such a row a bad one.
    """

    tags: Annotated[TagNames, Meta(description="Tags to apply to all imported contacts")] = attrs.field(factory=list)
    source: Annotated[ShortText, Meta(description="Lead source to assign to all imported contacts")] | None = None
    default_region: Region | None = None


@attrs.frozen
class Row:
    """A row as it came: `values` in the form of ``POST /contacts``.

    `number` counts the rows of data from 1; `line` is where the row begins in a file, ``None`` for JSON. `fault` says what is wrong
    with a row that could not be read.
    """

    number: int
    values: Any
    line: int | None = None
    fault: str | None = None

    def errors(self, details: Iterable[Detail]) -> "list[RowError]":
        """Return what is wrong with the row as entries of the import's report."""
        return [RowError(row=self.number, line=self.line, field=detail.field, message=detail.message) for detail in details]


@attrs.frozen(kw_only=True)
class RowError:
    """An entry of an import's report; without `row` it is a remark on the whole file, and not counted as an error."""

    row: int | None
    field: str
    message: str
    line: int | None = None


class RowReader:
    """Checks rows as ``POST /contacts`` checks its body, leaving out what is empty."""

    def __init__(self, options: ImportOptions) -> None:
        self._decoder = Decoder()
        self._region = options.default_region

    def read(self, row: Row) -> "dict[str, Any] | list[RowError]":
        """Return the row's values by attribute name, or what is wrong with it."""
        if row.fault or not isinstance(row.values, dict):
            return row.errors([Detail("", row.fault or "Must be an object")])
        try:
            return given(self._decoder.body(ContactChanges, self._filled(row.values), ignored=READ_ONLY))
        except ConduytError as error:
            return row.errors(error.details or [Detail("", error.message)])

    def _filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        # An empty last name is a statement (a name of one word); any other empty value says nothing.
        filled = {name: value for name, value in values.items() if name == "lastName" or not _is_empty(value)}
        if filled.get("lastName", "") is None:
            del filled["lastName"]
        if isinstance(filled.get("phone"), str):
            filled["phone"] = international(filled["phone"], self._region)
        return filled


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def international(text: str, region: str | None) -> str:
    """Return a phone number with its country code where that can be told, else the text as it is."""
    number = text.strip()
    if number.startswith("00"):
        return f"+{number[2:]}"
    if number.startswith("+") or region is None:
        return number
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    # The form that numbers are kept in has no place for an extension, and dropping it would lose it unnoticed.
    return number if parsed.extension else phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
