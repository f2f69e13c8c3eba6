"""Answers to queries and aggregates, from the state of one moment."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from conduyt_kit.defaults.memory_storage.conditions import predicate, search_predicate
from conduyt_kit.defaults.memory_storage.tables import State
from conduyt_kit.defaults.memory_storage.values import Values
from conduyt_kit.kernel.entities import EntitySpec, HasMany, Kind, Relation
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.query import Aggregate, Function, Group, Loaded, Measure, Page, Query, Sort, Where, complete_sort

E = TypeVar("E")
By = dict[str, list[Any]]


class Reader:
    """Reads one workspace in one state."""

    def __init__(self, workspace: str, state: State, specs: Mapping[str, EntitySpec[Any]], values: Mapping[str, Values]) -> None:
        self._workspace = workspace
        self._state = state
        self._specs = specs
        self._values = values

    def rows(self, name: str) -> tuple[EntitySpec[Any], Mapping[tuple[str, ...], Any]]:
        """Return the spec and the rows of an entity.

        Raises:
            SpecError: the storage was not prepared for it.
        """
        spec = self._specs.get(name)
        if spec is None:
            raise SpecError(f"The storage was not prepared for the entity {name!r}")
        return spec, self._state.table(self._workspace, spec).rows

    def matching(self, spec: EntitySpec[Any], where: Where, search: str | None = None) -> list[Any]:
        """Return the stored records that match, in no particular order."""
        _, rows = self.rows(spec.name)
        holds = predicate(spec, where, self.rows)
        found = [record for record in rows.values() if holds(record)]
        if search is None:
            return found
        contains = search_predicate(spec, search)
        return [record for record in found if contains(record)]

    def find(self, spec: EntitySpec[E], query: Query[E]) -> Page[E]:
        matches = in_order(self.matching(spec, query.where, query.search), query.sort)
        if query.after is None:
            rest = matches[query.offset :]
        else:
            follows = _follows(query.sort, query.after)
            rest = [record for record in matches if follows(record)]
        chosen = rest if query.limit is None else rest[: query.limit]
        return Page(
            items=self._loaded(spec, chosen, query),
            total=len(matches) if query.total else None,
            more=len(chosen) < len(rest),
        )

    def aggregate(self, spec: EntitySpec[Any], aggregate: Aggregate) -> tuple[Group, ...]:
        groups: dict[tuple[Any, ...], list[Any]] = {} if aggregate.group_by else {(): []}
        for record in self.matching(spec, aggregate.where):
            groups.setdefault(tuple(getattr(record, name) for name in aggregate.group_by), []).append(record)
        return tuple(
            Group(
                by=dict(zip(aggregate.group_by, by, strict=True)),
                values={measure.name: self._measured(spec, measure, records) for measure in aggregate.measures},
            )
            for by, records in groups.items()
        )

    def _measured(self, spec: EntitySpec[Any], measure: Measure, records: list[Any]) -> Any:
        if measure.where is not None:
            holds = predicate(spec, measure.where, self.rows)
            records = [record for record in records if holds(record)]
        if measure.function is Function.COUNT:
            return len(records)
        field = spec.field(measure.field or "")
        values = [value for value in (getattr(record, field.name) for record in records) if value is not None]
        if measure.function is Function.SUM:
            return sum(values, Decimal(0) if field.kind is Kind.DECIMAL else 0)
        return (min if measure.function is Function.MIN else max)(values, default=None)

    def _loaded(self, spec: EntitySpec[E], records: Sequence[E], query: Query[E]) -> tuple[Loaded[E], ...]:
        include = {name: self._included(spec, name, records) for name in query.include}
        counts = {name: self._linked(spec.relation(name), records) for name in query.counts}
        out = self._values[spec.name]
        return tuple(
            Loaded(
                record=out.record_out(record),
                related={name: give(record) for name, give in include.items()},
                counts={name: len(linked.get(spec.key_of(record)[0], ())) for name, linked in counts.items()},
            )
            for record in records
        )

    def _included(self, spec: EntitySpec[Any], name: str, records: Sequence[Any]) -> Callable[[Any], Any]:
        field = spec.by_name.get(name)
        if field is not None and field.ref is not None:
            other, rows = self.rows(field.ref.entity)
            out = self._values[other.name]

            def referred(record: Any) -> Any:
                found = rows.get((getattr(record, name),))
                return None if found is None else out.record_out(found)

            return referred
        relation = spec.relation(name)
        other, rows = self.rows(relation.entity)
        out = self._values[other.name]
        order = complete_sort(other)
        linked = self._linked(relation, records)

        def related(record: Any) -> Any:
            return out.records_out(in_order(linked.get(record.id, ()), order))

        return related

    def _linked(self, relation: Relation, records: Iterable[Any]) -> By:
        ids = {record.id for record in records}
        found: By = defaultdict(list)
        _, rows = self.rows(relation.entity)
        if isinstance(relation, HasMany):
            for row in rows.values():
                if getattr(row, relation.field) in ids:
                    found[getattr(row, relation.field)].append(row)
            return found
        _, links = self.rows(relation.link)
        for link in links.values():
            other = rows.get((getattr(link, relation.there),))
            if other is not None and getattr(link, relation.here) in ids:
                found[getattr(link, relation.here)].append(other)
        return found


def in_order(records: Iterable[Any], sort: Sequence[Sort]) -> list[Any]:
    """Return the records sorted, null as the smallest value."""
    ordered = list(records)
    for item in reversed(sort):
        ordered.sort(key=_ranked_by(item.field), reverse=item.descending)
    return ordered


def _ranked_by(name: str) -> Callable[[Any], tuple[bool, Any]]:
    return lambda record: _rank(getattr(record, name))


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)


def _follows(sort: Sequence[Sort], after: Sequence[Any]) -> Callable[[Any], bool]:
    bounds = [(item.field, item.descending, _rank(value)) for item, value in zip(sort, after, strict=True)]

    def follows(record: Any) -> bool:
        for name, descending, bound in bounds:
            rank = _rank(getattr(record, name))
            if rank != bound:
                return (rank < bound) if descending else (rank > bound)
        return False

    return follows
