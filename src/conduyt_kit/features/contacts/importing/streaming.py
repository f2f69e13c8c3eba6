"""Importing right now, from a source of any size: for the command line and for embedding programs."""

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

from conduyt_kit.features.contacts.importing.batches import Outcome, write_batch
from conduyt_kit.features.contacts.importing.csv_columns import CsvColumns
from conduyt_kit.features.contacts.importing.csv_text import CsvTable, open_text
from conduyt_kit.features.contacts.importing.rows import ImportOptions, Row, RowReader
from conduyt_kit.features.custom_fields import CustomFields
from conduyt_kit.kernel.errors import Contention
from conduyt_kit.kernel.unit_of_work import UnitOfWork

BATCH = 500
_TRIES = 5

OpenUnit = Callable[[], UnitOfWork]
Progress = Callable[[Outcome], None]


def import_rows(
    open_unit: OpenUnit, rows: Iterable[Row], options: ImportOptions | None = None, progress: Progress | None = None
) -> Outcome:
    """Import rows, a unit of work for each batch, and return what became of them.

    Args:
        open_unit: opens a unit of work in the workspace, for the actor in whose name contacts are written.
        rows: taken as they are needed, so that a large source is never held at once.
        options: what holds for all rows.
        progress: called after each commit with the outcome so far.

    What was committed stays when a later batch fails. Running the same rows again updates contacts with an address, and makes those
    without one again.
    """
    wanted = options or ImportOptions()
    reader = RowReader(wanted)
    outcome = Outcome()
    source = iter(rows)
    while batch := list(itertools.islice(source, BATCH)):
        outcome.add(_written(open_unit, batch, wanted, reader))
        if progress is not None:
            progress(outcome)
    return outcome


def import_csv(
    open_unit: OpenUnit, path: Path, options: ImportOptions | None = None, *, charset: str | None = None, progress: Progress | None = None
) -> Outcome:
    """Import a CSV file as `import_rows` does; columns that are not imported are remarked on in the outcome's details.

    Raises:
        ValidationFailed: the file, or a row on the way, is no acceptable CSV; rows of earlier batches are imported.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file, open_text(file, charset) as text:
        table = CsvTable(text)
        with open_unit() as unit:
            columns = CsvColumns(table.header, unit[CustomFields].list("contact"))
        outcome = import_rows(open_unit, columns.rows(table), options, progress)
    outcome.details[:0] = columns.remarks
    return outcome


def _written(open_unit: OpenUnit, batch: list[Row], options: ImportOptions, reader: RowReader) -> Outcome:
    for _ in range(_TRIES - 1):
        try:
            return _write(open_unit, batch, options, reader)
        except Contention:
            continue
    return _write(open_unit, batch, options, reader)


def _write(open_unit: OpenUnit, batch: list[Row], options: ImportOptions, reader: RowReader) -> Outcome:
    with open_unit() as unit:
        return write_batch(unit, batch, options, reader)
