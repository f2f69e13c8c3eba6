"""Conditions and searches of the query language as Python predicates over records."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from conduyt_kit.kernel.entities import EntitySpec, HasMany
from conduyt_kit.kernel.ids import fold
from conduyt_kit.kernel.query import AllOf, AnyOf, Compare, Not, Op, Related, Where

_ORDER: Mapping[Op, Callable[[Any, Any], bool]] = {Op.LT: operator.lt, Op.LE: operator.le, Op.GT: operator.gt, Op.GE: operator.ge}

Predicate = Callable[[Any], bool]
Rows = Callable[[str], tuple[EntitySpec[Any], Mapping[tuple[str, ...], Any]]]
"""Gives the spec and the rows of the entity of that name in the workspace being read."""


def predicate(spec: EntitySpec[Any], where: Where, rows: Rows) -> Predicate:
    """Return the condition as a function of a record of `spec`.

    Raises:
        SpecError: a field or relation does not exist.
    """
    match where:
        case Compare():
            return _compare(spec, where)
        case AllOf(parts):
            all_parts = [predicate(spec, part, rows) for part in parts]
            return lambda record: all(holds(record) for holds in all_parts)
        case AnyOf(parts):
            any_parts = [predicate(spec, part, rows) for part in parts]
            return lambda record: any(holds(record) for holds in any_parts)
        case Not(part):
            holds = predicate(spec, part, rows)
            return lambda record: not holds(record)
        case Related():
            return _related(spec, where, rows)


def search_predicate(spec: EntitySpec[Any], text: str) -> Predicate:
    """Return whether a search group of a record contains the text; a text that folds to nothing is in every record."""
    wanted = fold(text)
    if not wanted:
        return lambda _: True

    def holds(record: Any) -> bool:
        return any(wanted in fold(" ".join(filter(None, (getattr(record, name) for name in group)))) for group in spec.search)

    return holds


def _compare(spec: EntitySpec[Any], compare: Compare) -> Predicate:
    name = spec.field(compare.field).name
    matches = _test(compare.op, compare.value)
    return lambda record: matches(getattr(record, name))


def _test(op: Op, wanted: Any) -> Predicate:
    match op:
        case Op.EQ:
            return lambda value: value is None if wanted is None else value == wanted
        case Op.NE:
            return lambda value: value is not None if wanted is None else value != wanted
        case Op.IN:
            members = frozenset(wanted) - {None}
            return lambda value: value in members
        case Op.HAS_KEY:
            return lambda value: isinstance(value, dict) and wanted in value
        case Op.HAS_ITEM:
            return lambda value: isinstance(value, (list, tuple)) and wanted in value
    compare = _ORDER[op]
    return lambda value: value is not None and wanted is not None and compare(value, wanted)


def _related(spec: EntitySpec[Any], related: Related, rows: Rows) -> Predicate:
    relation = spec.relation(related.relation)
    other, records = rows(relation.entity)
    holds = predicate(other, related.where, rows)
    if isinstance(relation, HasMany):
        found = {getattr(record, relation.field) for record in records.values() if holds(record)}
    else:
        there = {record.id for record in records.values() if holds(record)}
        _, links = rows(relation.link)
        found = {getattr(link, relation.here) for link in links.values() if getattr(link, relation.there) in there}
    return lambda record: record.id in found
