"""``python -m benchmarks``: measure the kit against a hand-written application and, if asked, against other frameworks."""

import argparse
import importlib.util
import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from benchmarks import dataset as data
from benchmarks.cases import cases, check
from benchmarks.databases import Database, PostgresDatabase, SqliteDatabase
from benchmarks.measuring import Protocol, Result, measure
from benchmarks.report import Section, page
from benchmarks.servers import NEEDED, OURS, PEERS, REFERENCE, running

DEFAULT_SERVER = "postgresql://postgres@127.0.0.1/postgres"
_QUICK, _FULL = 20_000, 400_000


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 contacts and 3 rounds of 1 s instead of 400,000 and 5 of 3 s")
    parser.add_argument("--database", choices=("sqlite", "postgres"), help="only this one; both when omitted")
    parser.add_argument("--peers", default="", help=f"further targets: {','.join(PEERS)}")
    parser.add_argument("--cases", default="", help="only the operations whose names hold one of these words, separated by commas")
    parser.add_argument("--contacts", type=int, help="how many contacts to make")
    parser.add_argument("--rounds", type=int, help="how many rounds to measure")
    parser.add_argument("--threads", type=int, default=1, help="threads of each server process, of all targets alike (default: 1)")
    parser.add_argument("--server", default=os.environ.get("CONDUYT_TEST_POSTGRES", DEFAULT_SERVER), help="PostgreSQL, as a URL")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("RESULTS.md"), help="where the report is written")
    return parser.parse_args()


def main() -> None:
    """Measure and write the report."""
    # Told to end, it stops its servers and drops its databases first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    asked = arguments()
    protocol = Protocol(rounds=asked.rounds or (3 if asked.quick else 5), seconds=1 if asked.quick else 3)
    chosen = [asked.database] if asked.database else ["sqlite", "postgres"]
    targets = [REFERENCE, OURS, *peers(asked.peers)]
    sections = [section(name, targets, asked, protocol) for name in chosen]
    text = page(sections, protocol)
    asked.output.write_text(text, encoding="utf-8")
    print(text)


def peers(listed: str) -> list[str]:
    """Return the peers asked for that are installed; a message tells of the others."""
    found = []
    for name in filter(None, listed.split(",")):
        if name not in PEERS:
            raise SystemExit(f"There is no peer {name!r}; there are: {', '.join(PEERS)}")
        missing = [module for module in NEEDED[name] if importlib.util.find_spec(module) is None]
        if missing:
            print(f"Skipped {name}: {', '.join(missing)} not installed; see benchmarks/requirements.txt")
        else:
            found.append(name)
    return found


def section(name: str, targets: Sequence[str], asked: argparse.Namespace, protocol: Protocol) -> Section:
    """Make a database, measure everything on it, drop it."""
    number = asked.contacts or (_QUICK if asked.quick else _FULL)
    workers = 1 if name == "sqlite" else os.cpu_count() or 1
    with fresh_database(name, asked.server) as database:
        print(f"{name}: making {number:,} contacts", flush=True)
        made = data.make(database, number)
        results = measured(database, made, targets, asked, protocol, workers)
        return Section(
            database={"sqlite": "SQLite", "postgres": "PostgreSQL"}[name],
            version=version(database),
            contacts=number,
            total=made.total,
            workers=workers,
            threads=asked.threads,
            results=results,
        )


def measured(
    database: Database, made: data.Dataset, targets: Sequence[str], asked: argparse.Namespace, protocol: Protocol, workers: int
) -> list[Result]:
    """Start the targets, check their answers and put them under load, case by case."""
    words = asked.cases.split(",")
    results: list[Result] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(running(target, database, workers=workers, threads=asked.threads)) for target in targets]
        for case in cases(made):
            if not any(word in case.name for word in words):
                continue
            taking_part = [server for server in servers if case.targets is None or server.name in case.targets]
            for server in taking_part:
                check(server, case, made)
            found = measure(case, taking_part, made, protocol)
            results += found
            said = ", ".join(f"{one.target} {one.ratio:.2f} (CPU {one.cpu_ratio:.2f}, spread {one.spread:.0%})" for one in found)
            print(f"  {case.name}: {said}", flush=True)
            if case.writes:
                database.forget_writes()
    return results


@contextmanager
def fresh_database(name: str, server: str) -> Iterator[Database]:
    """Make an empty database and remove it in the end."""
    with tempfile.TemporaryDirectory(prefix="conduyt-bench-") as folder:
        database: Database = SqliteDatabase(Path(folder)) if name == "sqlite" else PostgresDatabase(Path(folder), server)
        try:
            yield database
        finally:
            database.drop()


def version(database: Database) -> str:
    """Return the database's version."""
    if isinstance(database, PostgresDatabase):
        with psycopg.connect(database.address) as connection:
            return f"{connection.info.server_version // 10000}.{connection.info.server_version % 10000}"
    return sqlite3.sqlite_version


if __name__ == "__main__":
    main()
