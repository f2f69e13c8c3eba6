"""Reading: one record, many records, pages with what belongs to them, counts and aggregates."""

from collections.abc import Hashable, Sequence
from typing import Any

import attrs

from conduyt_kit.kernel.entities import EntitySpec, Kind
from conduyt_kit.kernel.ids import fold
from conduyt_kit.kernel.money import from_scaled
from conduyt_kit.kernel.query import EVERYTHING, Aggregate, Compare, Function, Group, Measure, Op, Page, Query, Where
from conduyt_sqlalchemy import names, relations
from conduyt_sqlalchemy.conditions import condition, in_workspace
from conduyt_sqlalchemy.counts import Counts
from conduyt_sqlalchemy.dialects.dialect import Dialect
from conduyt_sqlalchemy.keyset import after_condition
from conduyt_sqlalchemy.schema import Column, EntityMap, Schema
from conduyt_sqlalchemy.sessions import Session
from conduyt_sqlalchemy.shapes import Shapes
from conduyt_sqlalchemy.statements import Statement
from conduyt_sqlalchemy.tables import RECORD_COUNT

_WHOLE = (Kind.DECIMAL, Kind.INTEGER)
_DEEP = 500
"""From this offset on, the rows to skip are walked through as keys only."""


@attrs.frozen(kw_only=True, eq=False)
class Reader:
    """The reads of one transaction."""

    session: Session
    schema: Schema
    shapes: Shapes
    counts: Counts
    workspace: str

    def get(self, spec: EntitySpec[Any], key: tuple[str, ...], *, lock: bool) -> Any | None:
        entity = self.schema[spec]
        sql = self.shapes.get(("get", spec.name, lock), lambda: self._get_sql(entity, lock))
        rows = self.session.rows(sql, (self.workspace, *key))
        return entity.record(rows[0]) if rows else None

    def get_many(self, spec: EntitySpec[Any], ids: Sequence[str]) -> dict[str, Any]:
        entity = self.schema[spec]
        statement = self._statement()
        wanted = self.session.dialect.any_of(
            f"t.{entity.by_name['id'].sql}", statement.bind(self.session.dialect.list_param(ids)), Kind.TEXT
        )
        sql = f"SELECT {entity.select('t')} FROM {entity.table} AS t WHERE t.{names.WORKSPACE} = {statement.workspace} AND {wanted}"
        found = (entity.record(row) for row in self.session.rows(sql, statement.params))
        return {record.id: record for record in found}

    def count(self, spec: EntitySpec[Any], where: Where, search: str | None) -> int:
        entity = self.schema[spec]
        if spec.counted and where == EVERYTHING and not search:
            return self._one(f"SELECT {_counter_sql(self._statement(), entity)}", [self.workspace, spec.name]) + self.counts.pending(
                spec.name
            )
        statement = self._statement()
        matching = self._matching(statement, entity, where, search)
        return self._one(f"SELECT count(*) FROM {entity.table} AS t WHERE {matching}", statement.params, prepare=not search)

    def find(self, spec: EntitySpec[Any], query: Query[Any]) -> Page[Any]:
        entity = self.schema[spec]
        counted = query.total and spec.counted and query.where == EVERYTHING and not query.search
        head = self.shapes.get(
            ("head", spec.name, query.include, query.counts), lambda: relations.head(self.session.dialect, self.schema, entity, query)
        )
        sql, params = self._found_sql(entity, query, head, counted)
        rows = self.session.rows(sql, params, prepare=not query.search)
        more = query.limit is not None and len(rows) > query.limit
        kept = rows[: query.limit] if more else rows
        total = self._total(spec, query, rows, len(kept), more, counted) if query.total else None
        return Page(items=head.loaded(kept), total=total, more=more)

    def _found_sql(self, entity: EntityMap, query: Query[Any], head: relations.Head, counted: bool) -> tuple[str, list[Any]]:
        """Return the statement of a query; that of the commonest queries is written once."""
        common = _common(entity, query)
        if common is None:
            return self._written(entity, query, head, counted)
        shape, values = common
        params = [self.workspace, *([entity.spec.name] if counted else ()), *values, *([query.offset] if query.offset else ())]
        return self.shapes.get((shape, counted), lambda: self._written(entity, query, head, counted)[0]), params

    def _written(self, entity: EntityMap, query: Query[Any], head: relations.Head, counted: bool) -> tuple[str, list[Any]]:
        statement = self._statement()
        total_sql = f", {_counter_sql(statement, entity, bind=True)}" if counted else ""
        return f"SELECT {head.sql}{total_sql} {self._page_sql(statement, entity, query)}", statement.params

    def aggregate(self, spec: EntitySpec[Any], aggregate: Aggregate) -> tuple[Group, ...]:
        entity = self.schema[spec]
        statement = self._statement()
        by = [entity.column(name) for name in aggregate.group_by]
        grouped = [f"t.{column.sql}" for column in by]
        measured = [self._measure(statement, entity, measure) for measure in aggregate.measures]
        matching = in_workspace(statement, self.schema, entity, "t", aggregate.where)
        tail = f" GROUP BY {', '.join(grouped)}" if grouped else ""
        rows = self.session.rows(
            f"SELECT {', '.join([*grouped, *measured])} FROM {entity.table} AS t WHERE {matching}{tail}", statement.params
        )
        return tuple(_group(self.session.dialect, entity, aggregate, by, row) for row in rows)

    def _statement(self) -> Statement:
        return Statement(self.session.dialect, self.workspace)

    def _one(self, sql: str, params: Sequence[Any], *, prepare: bool = True) -> int:
        return int(self.session.rows(sql, params, prepare=prepare)[0][0])

    def _get_sql(self, entity: EntityMap, lock: bool) -> str:
        marks = [self.session.dialect.mark(position + 2) for position in range(len(entity.spec.key))]
        condition_sql = f"t.{names.WORKSPACE} = {self.session.dialect.mark(1)} AND {entity.key_condition('t', marks)}"
        return f"SELECT {entity.select('t')} FROM {entity.table} AS t WHERE {condition_sql}{self.session.dialect.row_lock if lock else ''}"

    def _matching(self, statement: Statement, entity: EntityMap, where: Where, search: str | None) -> str:
        matching = in_workspace(statement, self.schema, entity, "t", where)
        needle = fold(search) if search else ""
        if not needle:
            return matching
        if not entity.spec.search:
            return f"{matching} AND 1 = 0"
        found, param = statement.dialect.contains(entity.spec.name, "t", needle)
        return f"{matching} AND {found.format(mark=statement.bind(param))}"

    def _page_sql(self, statement: Statement, entity: EntityMap, query: Query[Any]) -> str:
        matching = self._matching(statement, entity, query.where, query.search)
        if query.after is not None:
            matching += f" AND {after_condition(statement, entity, 't', query.sort, query.after)}"
        order = self._order(entity, query)
        # Written out, since a plan for an unknown limit would expect a tenth of the table and sort it.
        limit = "" if query.limit is None else f" LIMIT {int(query.limit) + 1}"
        offset = query.offset if query.after is None else 0
        if not offset:
            return f"FROM {entity.table} AS t WHERE {matching}{order}{limit}"
        if not limit:
            limit = " LIMIT -1" if statement.dialect.name == "sqlite" else ""
        limit += f" OFFSET {statement.bind(offset)}"
        if offset < _DEEP:
            return f"FROM {entity.table} AS t WHERE {matching}{order}{limit}"
        key = [names.WORKSPACE, *(entity.by_name[name].sql for name in entity.spec.key)]
        keys = f"SELECT {', '.join(f't.{name}' for name in key)} FROM {entity.table} AS t WHERE {matching}{order}{limit}"
        join = " AND ".join(f"t.{name} = skipped.{name}" for name in key)
        return f"FROM ({keys}) AS skipped JOIN {entity.table} AS t ON {join}{order}"

    def _order(self, entity: EntityMap, query: Query[Any]) -> str:
        terms = [
            self.session.dialect.order(f"t.{column.sql}", descending=item.descending, nullable=column.nullable)
            for item, column in ((item, entity.column(item.field)) for item in query.sort)
        ]
        return f" ORDER BY {', '.join(terms)}" if terms else ""

    def _total(self, spec: EntitySpec[Any], query: Query[Any], rows: list[tuple[Any, ...]], kept: int, more: bool, counted: bool) -> int:
        if counted and rows:
            return int(rows[0][-1]) + self.counts.pending(spec.name)
        reached_end = not more and query.after is None and (kept > 0 or query.offset == 0) and query.limit != 0
        # The last page says by itself how many there are.
        return query.offset + kept if reached_end else self.count(spec, query.where, query.search)

    def _measure(self, statement: Statement, entity: EntityMap, measure: Measure) -> str:
        only = f" FILTER (WHERE {condition(statement, self.schema, entity, 't', measure.where)})" if measure.where is not None else ""
        if measure.function is Function.COUNT:
            return f"count(*){only}"
        column = _measured(entity, measure)
        if measure.function is Function.SUM and column.kind in _WHOLE:
            return statement.dialect.exact_sum(f"t.{column.sql}", only)
        return f"{measure.function.value}(t.{column.sql}){only}"


def _common(entity: EntityMap, query: Query[Any]) -> tuple[Hashable, tuple[Any, ...]] | None:
    """Return the shape of a query for everything or for one value of a field, and that value; ``None`` for any other query."""
    where, field = query.where, ""
    values: tuple[Any, ...] = ()
    if query.search or query.after is not None:
        return None
    if isinstance(where, Compare) and where.op is Op.EQ and where.value is not None:
        column = entity.column(where.field)
        if column.kind is Kind.DECIMAL:
            return None
        values, field = (column.encoded(where.value),), where.field
    elif where != EVERYTHING:
        return None
    deep = query.offset >= _DEEP
    return ("find", entity.spec.name, field, query.sort, query.limit, query.offset > 0, deep, query.include, query.counts), values


def _counter_sql(statement: Statement, entity: EntityMap, *, bind: bool = False) -> str:
    mark = statement.bind(entity.spec.name) if bind else statement.dialect.mark(2)
    return f"(SELECT coalesce(sum(n), 0) FROM {RECORD_COUNT} WHERE {names.WORKSPACE} = {statement.workspace} AND entity = {mark})"


def _measured(entity: EntityMap, measure: Measure) -> Column:
    return entity.column(measure.field or "")


def _group(dialect: Dialect, entity: EntityMap, aggregate: Aggregate, by: Sequence[Column], row: tuple[Any, ...]) -> Group:
    measured = zip(aggregate.measures, row[len(by) :], strict=True)
    values = {measure.name: _measured_value(dialect, entity, measure, value) for measure, value in measured}
    return Group(by={column.field.name: column.decoded(value) for column, value in zip(by, row, strict=False)}, values=values)


def _measured_value(dialect: Dialect, entity: EntityMap, measure: Measure, value: Any) -> Any:
    if measure.function is Function.COUNT:
        return int(value)
    column = _measured(entity, measure)
    if measure.function is not Function.SUM:
        return column.decoded(value)
    if column.kind is Kind.DECIMAL:
        return from_scaled(dialect.summed(value), column.field.options.places)
    return dialect.summed(value) if column.kind in _WHOLE else float(value or 0)
