"""PostgreSQL through psycopg 3: arrays as parameters, jsonb, row locks; server-side placeholders, so nothing is parsed twice."""

from collections.abc import Iterable, Sequence
from typing import Any

import cattrs
import psycopg

from conduyt_kit.kernel.entities import FieldSpec, Kind
from conduyt_sqlalchemy import names, values
from conduyt_sqlalchemy.dialects.dialect import Cursor
from conduyt_sqlalchemy.values import Codec

TYPE_NAMES: dict[Kind, str] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "bigint",
    Kind.DECIMAL: "bigint",
    Kind.FLOAT: "double precision",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamptz",
    Kind.JSON: "jsonb",
}


class PostgresDialect:
    """See `dialect.Dialect`."""

    name = "postgresql"
    driver_errors: tuple[type[Exception], ...] = (psycopg.Error,)
    row_lock = " FOR NO KEY UPDATE"
    skip_locked = " FOR UPDATE SKIP LOCKED"
    lateral = True

    def mark(self, position: int) -> str:
        return f"${position}"

    def execute(self, connection: Any, sql: str, params: Sequence[Any], *, prepare: bool) -> Cursor:
        cursor = psycopg.RawCursor(connection)
        # None lets the driver prepare what is repeated; False keeps the planner looking at the values.
        cursor.execute(sql, params or None, prepare=None if prepare else False)
        return cursor

    def execute_many(self, connection: Any, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        cursor = psycopg.RawCursor(connection)
        cursor.executemany(sql, rows)
        return cursor.rowcount

    def is_lost(self, connection: Any) -> bool:
        return bool(connection.closed)

    def codec(self, field: FieldSpec, converter: cattrs.Converter) -> Codec:
        if field.kind is Kind.JSON:
            return values.document_codec(field, converter)
        return values.decimal_codec(field) if field.kind is Kind.DECIMAL else values.POSTGRES[field.kind]

    def list_param(self, values: Sequence[Any]) -> Any:
        return list(values)

    def any_of(self, column_sql: str, mark: str, kind: Kind) -> str:
        return f"{column_sql} = ANY({mark}::{TYPE_NAMES[kind]}[])"

    def keys_in(self, columns_sql: Sequence[str], marks: Sequence[str]) -> str:
        if len(columns_sql) == 1:
            return self.any_of(columns_sql[0], marks[0], Kind.TEXT)
        arrays = ", ".join(f"{mark}::text[]" for mark in marks)
        return f"({', '.join(columns_sql)}) IN (SELECT * FROM unnest({arrays}))"

    def key_params(self, keys: Sequence[Sequence[Any]], width: int) -> list[Any]:
        return [[key[position] for key in keys] for position in range(width)]

    def differs(self, column_sql: str, mark: str) -> str:
        return f"{column_sql} IS DISTINCT FROM {mark}"

    def order(self, column_sql: str, *, descending: bool, nullable: bool) -> str:
        if not nullable:
            return f"{column_sql} DESC" if descending else column_sql
        return f"{column_sql} DESC NULLS LAST" if descending else f"{column_sql} NULLS FIRST"

    def has_key(self, column_sql: str, mark: str) -> str:
        return f"(jsonb_typeof({column_sql}) = 'object' AND {column_sql} ? {mark}::text)"

    def has_item(self, column_sql: str, mark: str) -> str:
        return f"(jsonb_typeof({column_sql}) = 'array' AND {column_sql} ? {mark}::text)"

    def without_key(self, column_sql: str, mark: str) -> str:
        return f"{column_sql} - {mark}::text"

    def json_row(self, columns: Sequence[tuple[str, Kind]]) -> str:
        return "json_build_array(" + ", ".join(sql for sql, _ in columns) + ")"

    def json_rows(self, row_sql: str, source_sql: str) -> str:
        return f"(SELECT coalesce(json_agg(item), '[]'::json) FROM (SELECT {row_sql} AS item {source_sql}) AS items)"

    def exact_sum(self, column_sql: str, filter_sql: str) -> str:
        return f"sum({column_sql}){filter_sql}"

    def summed(self, value: Any) -> int:
        return int(value or 0)

    def contains(self, table_sql: str, alias: str, needle: str) -> tuple[str, str]:
        del table_sql
        literal = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"{alias}.{names.SEARCH_TEXT} LIKE {{mark}}", f"%{literal}%"
