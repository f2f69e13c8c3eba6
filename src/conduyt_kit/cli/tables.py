"""Rows of text in aligned columns."""

from collections.abc import Iterable, Sequence

import click


def write_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows under their titles, each column as wide as its widest cell."""
    lines = [tuple(titles), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        click.echo(click.style(text, bold=True) if number == 0 else text)
