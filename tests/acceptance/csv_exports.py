"""CSV files as other CRMs export them, with everything that goes wrong in them, and what must become of every row.

The truth is kept by the generator itself, in its own words; nothing of it is computed by the code under test.
"""

import csv
import io
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

SOURCE = "old crm"
TAG = "imported"
REGION = "US"

BAD_PHONES = ("call me", "555-0123", "212-555-0123 ext 5", "+1 415 555", "n/a", "+999 123456789012345")
BAD_EMAILS = ("nobody@", "@example.com", "two@at@example.com", "with space@example.com", "plain")


@attrs.frozen(kw_only=True)
class Style:
    """How one program writes its exports: encoding, delimiter, line ends, and the column names for what we know."""

    name: str
    encoding: str
    columns: Mapping[str, str]
    words: Sequence[str]
    delimiter: str = ","
    line_end: str = "\r\n"
    plain_until: float = 0
    """The part of its rows that are plain ASCII, so that the file's beginning tells nothing of its encoding."""


LATIN = ("Núñez", "Müller", "O’Hara", "Åström", "Dvorak", "Garçon", "Smith")
WORLD = ("Петров", "田中", "Πέτρου", "أحمد", "Žižek", "Ng", "李🙂")

STYLES = (
    Style(
        name="hubspot",
        encoding="utf-8",
        words=WORLD,
        columns={
            "extra": "Record ID",
            "firstName": "First Name",
            "lastName": "Last Name",
            "email": "Email",
            "phone": "Phone Number",
            "company": "Company Name",
            "tags": "Tags",
            "notes": "Notes",
        },
    ),
    Style(
        name="outlook",
        encoding="cp1252",
        words=LATIN,
        delimiter=";",
        plain_until=0.8,
        columns={
            "firstName": "First Name",
            "lastName": "Last Name",
            "company": "Company",
            "phone": "Mobile Phone",
            "email": "E-mail Address",
            "extra": "Web Page",
            "notes": "Notes",
            "tags": "Labels",
        },
    ),
    Style(
        name="google",
        encoding="utf-8-sig",
        words=WORLD,
        line_end="\n",
        columns={
            "firstName": "Given Name",
            "lastName": "Family Name",
            "email": "E-mail 1 - Value",
            "phone": "Phone 1 - Value",
            "company": "Organization 1 - Name",
            "tags": "Labels",
            "notes": "Notes",
            "extra": "Birthday",
        },
    ),
    Style(
        name="salesforce",
        encoding="utf-16",
        words=WORLD,
        delimiter="\t",
        columns={
            "lastName": "LastName",
            "firstName": "FirstName",
            "company": "Account Name",
            "email": "Email",
            "phone": "Phone",
            "extra": "Owner Alias",
            "notes": "Notes",
            "tags": "Tag",
        },
    ),
)


@attrs.define(kw_only=True)
class Person:
    """What a contact must look like at the end."""

    firstName: str  # noqa: N815 - the names are those of the API's answers
    lastName: str  # noqa: N815
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    source: str = SOURCE
    tags: set[str] = attrs.field(factory=lambda: {TAG})
    notes: str | None = None


@attrs.define(kw_only=True)
class Export:
    """One file: its rows as cells by our own names, and what is wrong with which row, counted from 1: (row, field)."""

    style: Style
    size: int
    rows: list[dict[str, str]] = attrs.field(factory=list)
    wrong: list[tuple[int, str]] = attrs.field(factory=list)
    created: int = 0
    updated: int = 0

    def content(self, start: int = 0, end: int | None = None) -> bytes:
        """Return the file, or one with some of its rows only."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.style.delimiter, lineterminator=self.style.line_end)
        writer.writerow(self.style.columns.values())
        for row in self.rows[start:end]:
            writer.writerow([row.get(name, "") for name in self.style.columns])
        return text.getvalue().encode(self.style.encoding)


class Exports:
    """Files of different programs about partly the same people.

    Attributes:
        files: one export for each of `STYLES`.
        people: everybody who must be there when all files are imported, in this order.
    """

    def __init__(self, rows: int, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._by_address: dict[str, Person] = {}
        self._number = 0
        self.people: list[Person] = []
        self.files = [self._file(style, rows // len(STYLES)) for style in STYLES]

    @property
    def total(self) -> int:
        return sum(len(file.rows) for file in self.files)

    def _file(self, style: Style, rows: int) -> Export:
        file = Export(style=style, size=rows)
        makers = (self._new, self._without_address, self._again, self._bad_phone, self._bad_email, self._nameless)
        for kind in self._random.choices(makers, weights=(60, 8, 20, 5, 4, 3), k=rows):
            kind(file)
        return file

    def _new(self, file: Export) -> None:
        cells, person = self._someone(file)
        address = f"{self._random.choice(('Ida', 'sol', 'RAY'))}.{self._number}@Example.com"
        cells["email"] = address
        # The part behind the @ has no case; the one before it is kept as it was written.
        person.email = address.replace("Example", "example")
        self._by_address[address.casefold()] = person
        self._created(file, cells, person)

    def _without_address(self, file: Export) -> None:
        self._created(file, *self._someone(file))

    def _created(self, file: Export, cells: dict[str, str], person: Person) -> None:
        file.rows.append(cells)
        file.created += 1
        self.people.append(person)

    def _again(self, file: Export) -> None:
        """Write a row about somebody who is known already, with the address in another case and some other values."""
        if not self._by_address:
            return self._new(file)
        address = self._random.choice(list(self._by_address))
        person = self._by_address[address]
        self._number += 1
        cells = {"email": address.upper(), "extra": "again"}
        cells["firstName"] = person.firstName = f"{self._word(file)} again"
        cells["company"] = person.company = f"Moved to {self._word(file)} {self._number}"
        if self._random.random() < 0.5:
            cells["tags"] = "again;VIP"
            person.tags |= {"again", "VIP"}
        file.rows.append(cells)
        file.updated += 1
        return None

    def _bad_phone(self, file: Export) -> None:
        """Write a row that must not be taken, not even for what is right in it; often about somebody known."""
        cells, _ = self._someone(file)
        if self._by_address and self._random.random() < 0.5:
            cells["email"] = self._random.choice(list(self._by_address))
        cells["phone"] = self._random.choice(BAD_PHONES)
        self._refused(file, cells, "phone")

    def _bad_email(self, file: Export) -> None:
        cells, _ = self._someone(file)
        cells["email"] = self._random.choice(BAD_EMAILS)
        self._refused(file, cells, "email")

    def _nameless(self, file: Export) -> None:
        cells, _ = self._someone(file)
        cells["lastName"] = ""
        self._refused(file, cells, "lastName")

    def _refused(self, file: Export, cells: dict[str, str], field: str) -> None:
        file.rows.append(cells)
        file.wrong.append((len(file.rows), field))

    def _word(self, file: Export) -> str:
        return self._random.choice(file.style.words) if len(file.rows) >= file.size * file.style.plain_until else "Plain"

    def _someone(self, file: Export) -> tuple[dict[str, str], Person]:
        self._number += 1
        number, word = self._number, self._word(file)
        person = Person(firstName=f"{word} {number}", lastName=f"{self._word(file)}-{number}")
        cells = {"firstName": f" {person.firstName}", "lastName": person.lastName, "extra": f"x{number}"}
        if number % 2:
            cells["company"] = person.company = self._random.choice((f'The "{word}" Co, Ltd; {number}', f"{word} | {number} Ltd"))
        if number % 3:
            digits = f"212{2000000 + number:07}"
            person.phone = f"+1{digits}"
            written = (f"+1 ({digits[:3]}) {digits[3:6]}-{digits[6:]}", f"{digits[:3]}.{digits[3:6]}.{digits[6:]}", f"001{digits}")
            cells["phone"] = self._random.choice(written)
        if number % 5 == 0:
            cells["notes"] = person.notes = f'Called at 9:00.\n"{word}" said:{file.style.delimiter} no\n\nAgain in {number}'
        if number % 7 == 0:
            cells["tags"] = "Lead; newsletter;lead"
            person.tags |= {"Lead", "newsletter"}
        return cells, person


def as_json(file: Export, start: int, end: int) -> Iterator[dict[str, Any]]:
    """Yield rows of an export as an integrator would send them to the API."""
    for row in file.rows[start:end]:
        values: dict[str, Any] = {name: cell for name, cell in row.items() if cell and name not in ("extra", "notes", "tags")}
        if row.get("notes"):
            values["customFields"] = {"notes": row["notes"]}
        if row.get("tags"):
            values["tags"] = row["tags"].split(";")
        yield values
