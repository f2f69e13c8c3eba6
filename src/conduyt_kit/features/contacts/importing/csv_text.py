"""Reading CSV as people have it: any delimiter, any encoding, whatever a spreadsheet or another CRM wrote. Hostile files are refused.

Refused, with the number of the row: NUL characters, quotation marks that do not match, too many columns, too large fields and lines.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, TextIO

import attrs

from conduyt_kit.kernel.errors import ValidationFailed

MOST_COLUMNS = 500
LARGEST_FIELD = 100_000
LONGEST_LINE = 1_000_000
FIELD = "file"

_DELIMITERS = ",;\t|"
_BLOCK = 256 * 1024
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
_LATIN = ["cp1252", "cp1250"]
_OTHER_SCRIPTS = ["cp1251", "shift_jis", "gb18030", "big5", "euc_kr"]


@attrs.frozen
class Record:
    """One row of cells. `number` counts rows of data from 1, `line` is the line of the file on which it begins."""

    number: int
    line: int
    cells: list[str]


class CsvTable:
    """The header and the rows of a CSV text, read as they are asked for.

    Raises:
        ValidationFailed: there is no header, or what is read is to be refused.
    """

    def __init__(self, text: TextIO) -> None:
        lines = _Lines(text)
        first = lines.peek()
        declared = re.fullmatch(rf"sep=([{re.escape(_DELIMITERS)}])\s*", first, re.IGNORECASE)
        if declared:
            # Spreadsheets write this line for each other.
            next(lines)
        self._lines = lines
        self._reader = csv.reader(lines, delimiter=declared[1] if declared else _delimiter(first), strict=True, skipinitialspace=True)
        self._rows = 0
        self.header = self._first()

    def __iter__(self) -> Iterator[Record]:
        """Yield the rows that have something in them."""
        while (found := self._next()) is not None:
            line, cells = found
            if any(cell.strip() for cell in cells):
                self._rows += 1
                yield Record(self._rows, line, cells)

    def _first(self) -> list[str]:
        while (found := self._next()) is not None:
            if any(cell.strip() for cell in found[1]):
                return found[1]
        raise ValidationFailed.on(FIELD, "The file is empty; its first row must name the columns")

    def _next(self) -> tuple[int, list[str]] | None:
        line = self._lines.taken + 1
        try:
            cells = next(self._reader)
        except StopIteration:
            return None
        except csv.Error as error:
            raise self._refused(line, _explained(error)) from error
        if len(cells) > MOST_COLUMNS:
            raise self._refused(line, f"has more than {MOST_COLUMNS} columns")
        if not _is_storable("".join(cells)):
            raise self._refused(line, "holds a NUL character or half a character; is the file text, and its encoding declared?")
        if any(len(cell) > LARGEST_FIELD for cell in cells):
            raise self._refused(line, f"has a field of more than {LARGEST_FIELD} characters")
        return line, cells

    def _refused(self, line: int, what: str) -> ValidationFailed:
        return ValidationFailed.on(FIELD, f"Row {self._rows + 1} (line {line}) {what}")


class _Lines:
    """The lines of a text with their ends; counts them, and reads none that is too long."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._first: str | None = None
        self.taken = 0

    def peek(self) -> str:
        self._first = self._read()
        return self._first

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line, self._first = (self._read(), None) if self._first is None else (self._first, None)
        if not line:
            raise StopIteration
        self.taken += 1
        return line

    def _read(self) -> str:
        try:
            line = self._text.readline(LONGEST_LINE + 1)
        except UnicodeError as error:
            message = f"The text from line {self.taken + 1} on is not in the file's encoding; declare the right charset"
            raise ValidationFailed.on(FIELD, message) from error
        if len(line) > LONGEST_LINE:
            raise ValidationFailed.on(FIELD, f"Line {self.taken + 1} has more than {LONGEST_LINE} characters")
        return line


def open_text(data: BinaryIO, charset: str | None = None) -> TextIO:
    """Return the text of a seekable file of bytes, in the declared encoding or the one its bytes suggest.

    Raises:
        ValidationFailed: the declared encoding is unknown.
    """
    encoding = charset or _encoding(data)
    data.seek(0)
    try:
        return io.TextIOWrapper(data, encoding=encoding, newline="")
    except (LookupError, ValueError) as error:
        raise ValidationFailed.on(FIELD, f"The encoding {encoding!r} is unknown; send the file as UTF-8") from error


def _encoding(data: BinaryIO) -> str:
    """Look at the whole file: the first letter with an accent may be anywhere in it."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    right = wrong = 0
    doubtful = b""
    while block := data.read(_BLOCK):
        marked = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.tell() == len(block) and block.startswith(mark)), None)
        if marked:
            return marked
        text = decoder.decode(block, final=len(block) < _BLOCK)
        if not text.isascii():
            broken = text.count("\ufffd") - block.count("\ufffd".encode())
            wrong += broken
            right += len(text) - len(text.encode("ascii", "ignore")) - broken
            doubtful = doubtful or (block if broken else b"")
    # Text of another encoding is hardly ever right by chance. UTF-8 that is damaged somewhere is refused there, and not garbled everywhere.
    return "utf-8" if right >= wrong else _guess(doubtful)


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    # Latin text has accented letters one or two at a time, other scripts have whole words of such bytes. Knowing that, little text is
    # enough.
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    latin = sum(length for length in runs if length > 2) < 0.3 * sum(runs)
    matches = from_bytes(sample, cp_isolation=_LATIN if latin else _OTHER_SCRIPTS)
    likely = [name for match in matches for name in match.could_be_from_charset]
    # Short texts fit several code pages equally well; the western one is by far the most common.
    return "cp1252" if "cp1252" in likely or not likely else likely[0]


def _is_storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        # Some encodings that may be declared can spell halves of surrogate pairs, which no database takes.
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _delimiter(header: str) -> str:
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _explained(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"has a field of more than {LARGEST_FIELD} characters; is a quotation mark not closed?"
    return "has a quotation mark that is not closed, or one inside a field that is not doubled"
