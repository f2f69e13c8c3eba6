"""SQLite 3.40 and later: JSON as text, lists as one JSON parameter, one writer."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import cattrs
import msgspec

from conduyt_kit.kernel.entities import FieldSpec, Kind
from conduyt_sqlalchemy import names, values
from conduyt_sqlalchemy.dialects.dialect import Cursor
from conduyt_sqlalchemy.values import Codec

WITHOUT_KEY = "conduyt_without_key"
REAL_TEXT = "conduyt_real_text"

_TRIGRAM = 3


def register_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that statements use; no table, index or trigger depends on them."""
    connection.create_function(WITHOUT_KEY, 2, without_key, deterministic=True)
    connection.create_function(REAL_TEXT, 1, real_text, deterministic=True)


def real_text(value: float | None) -> str | None:
    """Return the shortest text that reads as exactly this number."""
    return None if value is None else repr(value)


def without_key(document: str | None, key: str) -> str | None:
    """Return the JSON object without that key; JSON paths cannot name every key."""
    if document is None:
        return None
    value = json.loads(document)
    if isinstance(value, dict):
        value.pop(key, None)
    return msgspec.json.encode(value, order="deterministic").decode()


_HALF = 1_000_000_000


class SqliteDialect:
    """See `dialect.Dialect`."""

    name = "sqlite"
    driver_errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    row_lock = ""
    skip_locked = ""
    lateral = False

    def mark(self, position: int) -> str:
        return f"?{position}"

    def execute(self, connection: Any, sql: str, params: Sequence[Any], *, prepare: bool) -> Cursor:
        del prepare  # the driver keeps every statement compiled
        cursor: Cursor = connection.execute(sql, params)
        return cursor

    def execute_many(self, connection: Any, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        return int(connection.executemany(sql, rows).rowcount)

    def is_lost(self, connection: Any) -> bool:
        del connection  # a file does not hang up
        return False

    def codec(self, field: FieldSpec, converter: cattrs.Converter) -> Codec:
        if field.kind is Kind.JSON:
            return values.document_codec(field, converter)
        return values.decimal_codec(field) if field.kind is Kind.DECIMAL else values.SQLITE[field.kind]

    def list_param(self, values: Sequence[Any]) -> Any:
        return msgspec.json.encode(list(values)).decode()

    def any_of(self, column_sql: str, mark: str, kind: Kind) -> str:
        del kind
        return f"{column_sql} IN (SELECT value FROM json_each({mark}))"

    def keys_in(self, columns_sql: Sequence[str], marks: Sequence[str]) -> str:
        if len(columns_sql) == 1:
            return self.any_of(columns_sql[0], marks[0], Kind.TEXT)
        parts = ", ".join(f"json_extract(value, '$[{position}]')" for position in range(len(columns_sql)))
        return f"({', '.join(columns_sql)}) IN (SELECT {parts} FROM json_each({marks[0]}))"

    def key_params(self, keys: Sequence[Sequence[Any]], width: int) -> list[Any]:
        found = [key[0] for key in keys] if width == 1 else [list(key) for key in keys]
        return [self.list_param(found)]

    def differs(self, column_sql: str, mark: str) -> str:
        return f"{column_sql} IS NOT {mark}"

    def order(self, column_sql: str, *, descending: bool, nullable: bool) -> str:
        del nullable  # a null is the smallest value anyway
        return f"{column_sql} DESC" if descending else column_sql

    def has_key(self, column_sql: str, mark: str) -> str:
        return f"EXISTS (SELECT 1 FROM json_each({column_sql}) WHERE key = {mark})"

    def has_item(self, column_sql: str, mark: str) -> str:
        return (
            f"(json_type({column_sql}) = 'array' AND "
            f"EXISTS (SELECT 1 FROM json_each({column_sql}) AS item WHERE item.type = 'text' AND item.value = {mark}))"
        )

    def without_key(self, column_sql: str, mark: str) -> str:
        return f"{WITHOUT_KEY}({column_sql}, {mark})"

    def json_row(self, columns: Sequence[tuple[str, Kind]]) -> str:
        return "json_array(" + ", ".join(_in_json(sql, kind) for sql, kind in columns) + ")"

    def json_rows(self, row_sql: str, source_sql: str) -> str:
        # Joined as text, since the JSON functions would parse each row that they have just written.
        return f"(SELECT '[' || coalesce(group_concat(item), '') || ']' FROM (SELECT {row_sql} AS item {source_sql}))"

    def exact_sum(self, column_sql: str, filter_sql: str) -> str:
        # sum() fails beyond 64 bits, which large amounts to four places reach; its halves do not.
        return f"printf('%d,%d', sum({column_sql} / {_HALF}){filter_sql}, sum({column_sql} % {_HALF}){filter_sql})"

    def summed(self, value: Any) -> int:
        upper, _, lower = str(value or "0,0").partition(",")
        return int(upper) * _HALF + int(lower)

    def contains(self, table_sql: str, alias: str, needle: str) -> tuple[str, str]:
        if len(needle) < _TRIGRAM:
            return f"instr({alias}.{names.SEARCH_TEXT}, {{mark}}) > 0", needle
        table = names.quoted(names.full_text(table_sql))
        found = f"SELECT rowid FROM {table} WHERE {table} MATCH {{mark}}"
        return f"{alias}.{names.SEARCH_ID} IN ({found})", '"' + needle.replace('"', '""') + '"'


def _in_json(column_sql: str, kind: Kind) -> str:
    if kind is Kind.JSON:
        return f"json({column_sql})"
    # SQLite itself writes a REAL with 15 digits, and rounds when asked for more.
    return f"{REAL_TEXT}({column_sql})" if kind is Kind.FLOAT else column_sql
