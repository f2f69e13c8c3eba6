"""The interface of a dialect: the few fragments of SQL and the driver calls in which the databases differ."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import cattrs

from conduyt_kit.kernel.entities import FieldSpec, Kind
from conduyt_sqlalchemy.values import Codec


class Cursor(Protocol):
    """The part of a driver's cursor that is used."""

    @property
    def rowcount(self) -> int: ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...

    def fetchone(self) -> tuple[Any, ...] | None: ...


class Dialect(Protocol):
    """One database's SQL. Names that end in `_sql` in arguments are fragments made by the caller, never input."""

    name: str
    driver_errors: tuple[type[Exception], ...]
    row_lock: str
    """Appended to a SELECT to keep others from changing the rows until the transaction ends."""
    skip_locked: str
    """Appended to a SELECT to lock its rows, leaving out those that others have locked."""
    lateral: bool
    """Whether subqueries in FROM may refer to what stands before them."""

    def mark(self, position: int) -> str:
        """Return the placeholder of the parameter at this position, counted from 1."""

    def execute(self, connection: Any, sql: str, params: Sequence[Any], *, prepare: bool) -> Cursor:
        """Run a statement on the driver's connection."""

    def execute_many(self, connection: Any, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for each row of parameters and return how many rows it touched."""

    def is_lost(self, connection: Any) -> bool:
        """Return whether the driver's connection is broken for good."""

    def codec(self, field: FieldSpec, converter: cattrs.Converter) -> Codec:
        """Return how a field's values travel."""

    def list_param(self, values: Sequence[Any]) -> Any:
        """Return encoded values as one parameter for `any_of`."""

    def any_of(self, column_sql: str, mark: str, kind: Kind) -> str:
        """Return the condition that a column has one of the values of a list parameter."""

    def keys_in(self, columns_sql: Sequence[str], marks: Sequence[str]) -> str:
        """Return the condition that columns have one of several combinations; one parameter for each column, see `key_params`."""

    def key_params(self, keys: Sequence[Sequence[Any]], width: int) -> list[Any]:
        """Return the parameters for `keys_in`."""

    def differs(self, column_sql: str, mark: str) -> str:
        """Return the condition that a nullable column differs from a value, as a null does."""

    def order(self, column_sql: str, *, descending: bool, nullable: bool) -> str:
        """Return an ORDER BY term in which a null is smaller than every value."""

    def has_key(self, column_sql: str, mark: str) -> str:
        """Return the condition that a JSON object holds a key."""

    def has_item(self, column_sql: str, mark: str) -> str:
        """Return the condition that a JSON array holds a text."""

    def without_key(self, column_sql: str, mark: str) -> str:
        """Return a JSON document without a key."""

    def json_row(self, columns: Sequence[tuple[str, Kind]]) -> str:
        """Return one JSON array of columns (fragment and kind)."""

    def json_rows(self, row_sql: str, source_sql: str) -> str:
        """Return a subquery giving a JSON array of `row_sql` over the rows of `source_sql`, in its order."""

    def exact_sum(self, column_sql: str, filter_sql: str) -> str:
        """Return the sum of a whole-number column over the rows of the filter; see `summed`."""

    def summed(self, value: Any) -> int:
        """Return the number that `exact_sum` gave; 0 over no rows."""

    def contains(self, table_sql: str, alias: str, needle: str) -> tuple[str, str]:
        """Return a condition with ``{mark}`` for "the search text holds this folded needle", and its parameter."""
