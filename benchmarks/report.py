"""The results as a page of Markdown: ratios, versions, cores and the date; nothing of the machine besides."""

import datetime as dt
import importlib.metadata
import os
import platform
from collections.abc import Sequence

import attrs

from benchmarks.load import CONNECTIONS, generator
from benchmarks.measuring import WIDEST_SPREAD, Protocol, Result
from benchmarks.servers import REFERENCE

_PACKAGES = ("falcon", "granian", "sqlalchemy", "psycopg", "msgspec", "fastapi", "uvicorn", "django", "djangorestframework")


@attrs.frozen(kw_only=True)
class Section:
    """The results on one database."""

    database: str
    version: str
    contacts: int
    total: int
    workers: int
    threads: int
    results: Sequence[Result]


def page(sections: Sequence[Section], protocol: Protocol) -> str:
    """Return the whole report."""
    lines = [
        "# Results",
        "",
        "Made by `python -m benchmarks`. Every number is a ratio to the reference application of the same run, which is written by hand",
        "on Falcon and the driver and reads and writes the same rows. Above 1 is better under *throughput*; below 1 is better under",
        "*p50*, *p99* and *CPU*. *CPU* is that of the server and, with PostgreSQL, of the database.",
        "",
        f"- {dt.datetime.now(dt.UTC).date()}, {os.cpu_count()} cores, Python {platform.python_version()}; {_versions()}",
        (
            f"- {protocol.rounds} interleaved rounds of {protocol.seconds:g} s, {CONNECTIONS} connections, load by {generator()},"
            " which shares the machine with servers and database"
        ),
        (
            "- medians of the ratios of each round; what spread more than"
            f" {WIDEST_SPREAD:.0%} in two attempts is shown as discarded, and differences below 15 % mean nothing"
        ),
    ]
    for section in sections:
        lines += ["", *_section(section)]
    return "\n".join(lines) + "\n"


def _versions() -> str:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def _section(section: Section) -> list[str]:
    return [
        f"## {section.database} {section.version}",
        "",
        (
            f"{section.contacts:,} contacts, {section.total:,} of them in the measured workspace, three tags each;"
            f" {section.workers} server processes with {section.threads} threads."
        ),
        "",
        "| operation | target | throughput | p50 | p99 | CPU | CPU us/request | spread |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(result) for result in section.results),
    ]


def _row(result: Result) -> str:
    note = f" ({result.failures} failed)" if result.failures else ""
    if result.discarded:
        return f"| {result.case} | {result.target} | discarded{note} | | | | {result.cpu:.0f} | {result.spread:.0%} |"
    if result.target == REFERENCE:
        return f"| {result.case} | {result.target} | 1{note} | 1 | 1 | 1 | {result.cpu:.0f} | |"
    ratios = " | ".join(f"{value:.2f}" for value in (result.ratio, result.p50, result.p99, result.cpu_ratio))
    throughput, _, rest = ratios.partition(" | ")
    return f"| {result.case} | {result.target} | **{throughput}**{note} | {rest} | {result.cpu:.0f} | {result.spread:.0%} |"
