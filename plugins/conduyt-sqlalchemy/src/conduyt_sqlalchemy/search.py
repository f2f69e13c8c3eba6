"""Keeping the full-text table of SQLite in step. PostgreSQL needs nothing: its trigram index is an index of the table itself.

FTS5 tables may not be used in triggers while `trusted_schema` is off, so each statement that changes search texts says so here:
`forget` before the change, `learn` after it.
"""

from collections.abc import Sequence
from typing import Any

from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.schema import EntityMap
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.statements import Statement


def is_kept(session: Session, entity: EntityMap) -> bool:
    """Return whether the entity has a full-text table to keep in step."""
    return bool(entity.searched) and session.dialect.name == "sqlite"


def forget(session: Session, entity: EntityMap, condition: str, params: Sequence[Any]) -> None:
    """Take the rows that match out of the full-text table; the rows must still have the texts that were learnt."""
    if is_kept(session, entity):
        table = names.quoted(names.full_text(entity.spec.name))
        session.execute(
            f"INSERT INTO {table} ({table}, rowid, {names.SEARCH_TEXT}) "
            f"SELECT 'delete', t.{names.SEARCH_ID}, t.{names.SEARCH_TEXT} FROM {entity.table} AS t WHERE {condition}",
            params,
        )


def learn(session: Session, entity: EntityMap, condition: str, params: Sequence[Any]) -> None:
    """Put the rows that match into the full-text table."""
    if is_kept(session, entity):
        table = names.quoted(names.full_text(entity.spec.name))
        session.execute(
            f"INSERT INTO {table} (rowid, {names.SEARCH_TEXT}) "
            f"SELECT t.{names.SEARCH_ID}, t.{names.SEARCH_TEXT} FROM {entity.table} AS t WHERE {condition}",
            params,
        )


def keys_condition(statement: Statement, entity: EntityMap, keys: Sequence[Sequence[str]]) -> str:
    """Return the condition for the rows, called ``t``, that have one of these keys."""
    marks = [statement.bind(param) for param in statement.dialect.key_params(keys, len(entity.spec.key))]
    columns = [f"t.{entity.by_name[name].sql}" for name in entity.spec.key]
    return f"t.{names.WORKSPACE} = {statement.workspace} AND {statement.dialect.keys_in(columns, marks)}"


def learn_keys(session: Session, workspace: str, entity: EntityMap, keys: Sequence[Sequence[str]]) -> None:
    """Put the rows with these keys into the full-text table."""
    if is_kept(session, entity):
        statement = Statement(session.dialect, workspace)
        learn(session, entity, keys_condition(statement, entity, keys), statement.params)


def last_id(session: Session, entity: EntityMap) -> int:
    """Return the number after which the rows that come next are numbered."""
    return int(session.rows(f"SELECT coalesce(max({names.SEARCH_ID}), 0) FROM {entity.table}")[0][0])
