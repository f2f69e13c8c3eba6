"""Keyset paging: the condition for the rows after a given one, in any order, where a null is smaller than every value."""

from collections.abc import Sequence
from typing import Any

from conduyt_kit.kernel.query import Sort
from conduyt_sqlalchemy.conditions import NEVER
from conduyt_sqlalchemy.schema import Column, EntityMap
from conduyt_sqlalchemy.statements import Statement


def after_condition(statement: Statement, entity: EntityMap, alias: str, sort: Sequence[Sort], after: Sequence[Any]) -> str:
    """Return the condition that a row comes after the one with these sort values."""
    columns = [entity.column(item.field) for item in sort]
    if len({item.descending for item in sort}) == 1 and not any(column.nullable for column in columns):
        return _row_wise(statement, columns, alias, sort[0].descending, after)
    tail = NEVER
    for item, column, value in reversed(list(zip(sort, columns, after, strict=True))):
        beyond, equal = _beyond(statement, column, f"{alias}.{column.sql}", item.descending, value)
        tail = beyond if tail == NEVER else f"({beyond} OR ({equal} AND {tail}))"
    return tail


def _row_wise(statement: Statement, columns: Sequence[Column], alias: str, descending: bool, after: Sequence[Any]) -> str:
    """Compare whole rows, which both databases answer by one step into the index."""
    marks = [statement.bind(column.encoded(value)) for column, value in zip(columns, after, strict=True)]
    left = ", ".join(f"{alias}.{column.sql}" for column in columns)
    return f"({left}) {'<' if descending else '>'} ({', '.join(marks)})"


def _beyond(statement: Statement, column: Column, sql: str, descending: bool, value: Any) -> tuple[str, str]:
    """Return the conditions "after this value" and "at this value"."""
    if value is None:
        return (NEVER if descending else f"{sql} IS NOT NULL"), f"{sql} IS NULL"
    mark = statement.bind(column.encoded(value))
    if not descending:
        return f"{sql} > {mark}", f"{sql} = {mark}"
    return (f"({sql} < {mark} OR {sql} IS NULL)" if column.nullable else f"{sql} < {mark}"), f"{sql} = {mark}"
