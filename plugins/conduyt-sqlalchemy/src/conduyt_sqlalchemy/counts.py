"""The kept number of rows per workspace and entity, which makes the total of an unfiltered list cost nothing.

Changes are gathered during a transaction and written once. The number is spread over slots, so that two writers of one workspace
on PostgreSQL meet on the same row only when their server processes share a slot. Slots come in two classes, one for the numbers
that ride along with the first insert and one for those written at the commit: every transaction locks the first class before the
second and each class in the order of the entities' names, so no two transactions can wait for each other here.
"""

from collections.abc import Mapping, Sequence

from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.statements import Statement
from conduyt_sqlalchemy.tables import RECORD_COUNT

_SLOTS = 64


class Counts:
    """The changes of one transaction to the kept numbers."""

    def __init__(self) -> None:
        self._pending: dict[str, int] = {}
        self._rode_along = False

    def add(self, entity: str, number: int) -> None:
        """Note that so many rows came (or went, if negative)."""
        self._pending[entity] = self._pending.get(entity, 0) + number

    def pending(self, entity: str) -> int:
        """Return what the kept number lacks as seen by this transaction."""
        return self._pending.get(entity, 0)

    def may_ride_along(self) -> bool:
        """Return whether an insert may carry the numbers in its own statement, which is once and before any others."""
        return not self._rode_along and not self._pending

    def ride_along(self, statement: Statement, numbers: Mapping[str, int]) -> str:
        """Return the statement part that writes these numbers together with an insert."""
        self._rode_along = True
        return upsert_sql(statement, sorted(numbers.items()), later=False)

    def write(self, session: Session, workspace: str) -> None:
        """Write what is pending; called once, right before the commit."""
        numbers = sorted((entity, number) for entity, number in self._pending.items() if number)
        self._pending.clear()
        if numbers:
            statement = Statement(session.dialect, workspace)
            session.execute(upsert_sql(statement, numbers, later=True), statement.params)


def upsert_sql(statement: Statement, numbers: Sequence[tuple[str, int]], *, later: bool) -> str:
    """Return the INSERT that adds to the kept numbers, in the given order."""
    slot = "0"
    if statement.dialect.name == "postgresql":
        slot = f"pg_backend_pid() % {_SLOTS}" + (f" + {_SLOTS}" if later else "")
    rows = ", ".join(f"({statement.workspace}, {statement.bind(entity)}, {slot}, {statement.bind(number)})" for entity, number in numbers)
    return (
        f"INSERT INTO {RECORD_COUNT} ({names.WORKSPACE}, entity, slot, n) VALUES {rows} "
        f"ON CONFLICT ({names.WORKSPACE}, entity, slot) DO UPDATE SET n = {RECORD_COUNT}.n + EXCLUDED.n"
    )
