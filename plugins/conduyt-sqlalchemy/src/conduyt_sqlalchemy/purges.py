"""Deleting what has become old, over all workspaces."""

import datetime as dt
from typing import Any

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.query import EVERYTHING, Where
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.conditions import condition
from conduyt_sqlalchemy.schema import Schema
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.statements import Statement


def purge(
    session: Session, schema: Schema, spec: EntitySpec[Any], field: str, before: dt.datetime, *, limit: int, where: Where | None
) -> int:
    """Delete up to `limit` rows of any workspace whose `field` is before a time and that match; return how many."""
    entity = schema[spec]
    column = entity.column(field)
    statement = Statement(session.dialect, None)
    old = f"t.{column.sql} < {statement.bind(column.encoded(before))} AND {condition(statement, schema, entity, 't', where or EVERYTHING)}"
    key = ", ".join([names.WORKSPACE, *(entity.by_name[name].sql for name in spec.key)])
    picked = f"SELECT {key} FROM {entity.table} AS t WHERE {old} LIMIT {statement.bind(limit)}"
    # Rows that another process is purging at the same moment are left to it.
    sql = f"DELETE FROM {entity.table} WHERE ({key}) IN ({picked}{session.dialect.skip_locked})"
    return session.execute(sql, statement.params).rowcount
