"""``conduyt import``."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conduyt_kit.cli.database import ready_kit
from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.cli.workspaces import chosen_workspace, console_actor, workspace_option
from conduyt_kit.kernel.errors import ValidationFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from conduyt_kit.features.contacts.importing import ImportOptions, Outcome, RowError
    from conduyt_kit.kernel.unit_of_work import UnitOfWork
    from conduyt_kit.kit import Kit

_SHOWN = 10
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@click.group("import")
def import_() -> None:
    """Import records from files."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@workspace_option
@click.option("--tags", default="", metavar="LIST", help="Tags for every contact of the file, separated by commas.")
@click.option("--source", help="The source of contacts that have none.")
@click.option("--default-region", metavar="CC", help="The country of phone numbers without a country code, such as US.")
@click.option("--charset", help="The file's encoding; found out when omitted.")
@pass_state
def contacts(
    state: State, file: Path, workspace: str | None, tags: str, source: str | None, default_region: str | None, charset: str | None
) -> None:
    """Import contacts from the CSV FILE, of any size.

    Contacts with a known e-mail address are updated. What is wrong with which row is written to FILE.errors.csv; a bad row stops no
    other. The file may be imported again after it was corrected.
    """
    kit = ready_kit(state)
    chosen = chosen_workspace(kit, workspace)
    options = _options(kit, tags, source, default_region)
    outcome, refusal = _import(lambda: kit.unit_of_work(chosen.id, actor=console_actor()), file, options, charset)
    _report(outcome, file)
    if refusal is not None:
        raise click.ClickException(f"{file.name} could not be read to its end: {refusal.message}. What is counted above stays.")


def _options(kit: "Kit", tags: str, source: str | None, default_region: str | None) -> "ImportOptions":
    from conduyt_kit.features.contacts.importing import ImportOptions

    given = {"tags": [tag.strip() for tag in tags.split(",") if tag.strip()], "source": source, "defaultRegion": default_region}
    return kit.decoder.body(ImportOptions, {name: value for name, value in given.items() if value is not None})


def _import(
    open_unit: "Callable[[], UnitOfWork]", file: Path, options: "ImportOptions", charset: str | None
) -> "tuple[Outcome, ValidationFailed | None]":
    """Import the file; return what became of its rows, and why the rest of it was refused, if it was."""
    from conduyt_kit.features.contacts.importing import Outcome, import_csv

    so_far = Outcome()
    with click.progressbar(length=_lines(file), label=f"Importing {file.name}", show_pos=True) as bar:

        def progress(outcome: Outcome) -> None:
            nonlocal so_far
            bar.update(min(outcome.total, bar.length or 0) - bar.pos)
            so_far = outcome

        try:
            return import_csv(open_unit, file, options, charset=charset, progress=progress), None
        except ValidationFailed as error:
            # The sentence is in the detail; the message only names the field.
            return so_far, ValidationFailed(error.details[0].message if error.details else error.message)


def _lines(file: Path) -> int:
    """Return about how many rows a file has, for the progress bar."""
    with file.open("rb") as data:
        return sum(block.count(b"\n") for block in iter(lambda: data.read(1 << 20), b""))


def _report(outcome: "Outcome", file: Path) -> None:
    click.echo(f"{outcome.total} rows: {outcome.created} created, {outcome.updated} updated, {outcome.errors} with errors")
    for entry in outcome.details[:_SHOWN]:
        click.echo(f"  {_place(entry)}: {entry.field + ': ' if entry.field else ''}{entry.message}")
    if not outcome.details:
        return
    report = file.with_name(f"{file.name}.errors.csv")
    write_errors(outcome.details, report)
    more = f"{len(outcome.details) - _SHOWN} more, all" if len(outcome.details) > _SHOWN else "all"
    click.echo(f"  {more} in {report}")


def _place(entry: "RowError") -> str:
    if entry.row is None:
        return "the file"
    return f"row {entry.row}" if entry.line is None else f"row {entry.row} (line {entry.line})"


def write_errors(errors: "list[RowError]", report: Path) -> None:
    """Write the errors as CSV that a spreadsheet shows and does not calculate."""
    with report.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(("row", "line", "field", "message"))
        for entry in errors:
            writer.writerow([safe_cell(value) for value in (entry.row, entry.line, entry.field, entry.message)])


def safe_cell(value: object) -> str:
    """Return a value as the text of a cell; a spreadsheet would take some texts for formulas, so those get a ``'`` in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
