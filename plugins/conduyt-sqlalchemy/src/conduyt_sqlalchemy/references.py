"""Which reference was broken: SQLite does not say, so it is looked up after the failure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conduyt_kit.kernel.entities import Kind
from conduyt_kit.kernel.errors import ReferenceViolation
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.schema import EntityMap, Schema
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.statements import Statement


def missing_target(session: Session, schema: Schema, workspace: str, entity: EntityMap, records: Iterable[Any]) -> ReferenceViolation:
    """Return the error that names the first reference of these records that points at nothing."""
    kept = list(records)
    ids = {field.name: {getattr(record, field.name) for record in kept} for field in entity.spec.refs}
    return missing_value(session, schema, workspace, entity, ids)


def missing_value(
    session: Session, schema: Schema, workspace: str, entity: EntityMap, ids: Mapping[str, Iterable[Any]]
) -> ReferenceViolation:
    """Return the error that names the first reference field one of whose given ids does not exist."""
    for field in entity.spec.refs:
        if field.ref is None or field.ref.entity not in schema.entities:
            continue
        wanted = {value for value in ids.get(field.name, ()) if value is not None}
        if wanted and len(wanted) > _existing(session, schema.named(field.ref.entity), workspace, sorted(wanted)):
            return ReferenceViolation(entity.spec.name, field.name)
    return ReferenceViolation(entity.spec.name)


def still_referred(session: Session, schema: Schema, entity: EntityMap, condition: str, params: Sequence[Any]) -> ReferenceViolation:
    """Return the error that names a reference to one of the rows, called ``t``, that match."""
    for referrer in schema.referrers[entity.spec.name]:
        join = f"o.{names.WORKSPACE} = t.{names.WORKSPACE} AND o.{referrer.column.sql} = t.{entity.by_name['id'].sql}"
        sql = f"SELECT 1 FROM {entity.table} AS t JOIN {referrer.entity.table} AS o ON {join} WHERE {condition} LIMIT 1"
        if session.rows(sql, params):
            return ReferenceViolation(referrer.entity.spec.name, referrer.column.field.name)
    return ReferenceViolation(entity.spec.name)


def _existing(session: Session, target: EntityMap, workspace: str, ids: Sequence[str]) -> int:
    statement = Statement(session.dialect, workspace)
    wanted = statement.dialect.any_of(target.by_name["id"].sql, statement.bind(statement.dialect.list_param(ids)), Kind.TEXT)
    sql = f"SELECT count(*) FROM {target.table} WHERE {names.WORKSPACE} = {statement.workspace} AND {wanted}"
    return int(session.rows(sql, statement.params)[0][0])
