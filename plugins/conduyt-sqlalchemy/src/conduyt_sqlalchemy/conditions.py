"""`Where` as SQL. A condition is written anew for each statement, which costs less than looking its shape up would.

Every condition is two-valued: a null never makes a part unknown, so `Not` means what it says.
"""

import decimal
from typing import Any

from conduyt_kit.kernel.entities import HasMany, Kind, ManyToMany
from conduyt_kit.kernel.query import AllOf, AnyOf, Compare, Not, Op, Related, Where
from conduyt_sqlalchemy import names
from conduyt_sqlalchemy.schema import Column, EntityMap, Schema
from conduyt_sqlalchemy.statements import Statement

ALWAYS = "1 = 1"
NEVER = "1 = 0"

_OPERATORS = {Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
_LARGEST = 2**63 - 1


def in_workspace(statement: Statement, schema: Schema, entity: EntityMap, alias: str, where: Where) -> str:
    """Return the condition for rows of the statement's workspace that match `where`."""
    scope = f"{alias}.{names.WORKSPACE} = {statement.workspace}"
    return scope if where == AllOf(()) else f"{scope} AND {condition(statement, schema, entity, alias, where)}"


def condition(statement: Statement, schema: Schema, entity: EntityMap, alias: str, where: Where) -> str:
    """Return the condition alone, in parentheses where it needs them.

    Raises:
        SpecError: it names a field or relation that the entity does not have.
    """
    match where:
        case Compare():
            return _comparison(statement, entity.column(where.field), f"{alias}.{entity.column(where.field).sql}", where.op, where.value)
        case AllOf(parts):
            return _joined(" AND ", [condition(statement, schema, entity, alias, part) for part in parts]) or ALWAYS
        case AnyOf(parts):
            return _joined(" OR ", [condition(statement, schema, entity, alias, part) for part in parts]) or NEVER
        case Not(part):
            return f"(({condition(statement, schema, entity, alias, part)}) IS NOT TRUE)"
        case Related():
            return _related(statement, schema, entity, alias, where)


def _joined(operator: str, parts: list[str]) -> str:
    return f"({operator.join(parts)})" if len(parts) > 1 else "".join(parts)


def _comparison(statement: Statement, column: Column, sql: str, op: Op, value: Any) -> str:
    dialect = statement.dialect
    if op is Op.HAS_KEY:
        return dialect.has_key(sql, statement.bind(value))
    if op is Op.HAS_ITEM:
        return dialect.has_item(sql, statement.bind(value))
    if op is Op.IN:
        found = [column.encoded(item) for item in value if item is not None and _storable(column, item)]
        return dialect.any_of(sql, statement.bind(dialect.list_param(found)), column.kind) if found else NEVER
    if value is None:
        return {Op.EQ: f"{sql} IS NULL", Op.NE: f"{sql} IS NOT NULL"}.get(op, NEVER)
    if column.kind is Kind.DECIMAL:
        return _decimal(statement, column, sql, op, value)
    return _compared(statement, column, sql, op, column.encoded(value))


def _compared(statement: Statement, column: Column, sql: str, op: Op, encoded: Any) -> str:
    mark = statement.bind(encoded)
    if op is Op.EQ:
        return f"{sql} = {mark}"
    if op is Op.NE:
        return statement.dialect.differs(sql, mark) if column.nullable else f"{sql} <> {mark}"
    return f"{sql} {_OPERATORS[op]} {mark}"


def _decimal(statement: Statement, column: Column, sql: str, op: Op, value: decimal.Decimal) -> str:
    """Compare with any decimal, also one that the column itself could not hold."""
    if op in (Op.EQ, Op.NE) and not _storable(column, value):
        return NEVER if op is Op.EQ else ALWAYS
    rounding = decimal.ROUND_FLOOR if op in (Op.LE, Op.GT) else decimal.ROUND_CEILING
    scaled = int(value.scaleb(column.field.options.places).to_integral_value(rounding=rounding))
    return _compared(statement, column, sql, op, max(-_LARGEST, min(_LARGEST, scaled)))


def _storable(column: Column, value: Any) -> bool:
    if column.kind is not Kind.DECIMAL:
        return True
    try:
        column.encoded(value)
    except ValueError:
        return False
    return True


def _related(statement: Statement, schema: Schema, entity: EntityMap, alias: str, where: Related) -> str:
    relation = entity.spec.relation(where.relation)
    other = schema.named(relation.entity)
    inner = statement.alias()
    wanted = condition(statement, schema, other, inner, where.where)
    if isinstance(relation, HasMany):
        here = other.column(relation.field)
        present = f" AND {inner}.{here.sql} IS NOT NULL" if here.nullable else ""
        source = f"{inner}.{here.sql} FROM {other.table} AS {inner} WHERE {inner}.{names.WORKSPACE} = {statement.workspace}{present}"
    else:
        source = _through_link(statement, schema, relation, inner)
    return f"{alias}.{entity.by_name['id'].sql} IN (SELECT {source} AND {wanted})"


def _through_link(statement: Statement, schema: Schema, relation: ManyToMany, inner: str) -> str:
    link, other = schema.named(relation.link), schema.named(relation.entity)
    via = statement.alias()
    here, there = link.column(relation.here).sql, link.column(relation.there).sql
    join = f"{inner}.{names.WORKSPACE} = {via}.{names.WORKSPACE} AND {inner}.{other.by_name['id'].sql} = {via}.{there}"
    return (
        f"{via}.{here} FROM {link.table} AS {via} JOIN {other.table} AS {inner} ON {join} "
        f"WHERE {via}.{names.WORKSPACE} = {statement.workspace}"
    )
