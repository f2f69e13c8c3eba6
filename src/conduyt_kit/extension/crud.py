"""The usual endpoints of an entity, derived from its specification: for plugins whose records need no use cases of their own.

They keep every rule the built-in features keep: strict input with all mistakes at once, 404 for what another workspace has, 422 on
the field for broken references and uniqueness rules, pages and cursors, ``ETag`` and ``If-Match``, activities and events.
"""

from typing import Any, Generic, TypeVar

import attrs

from conduyt_kit.extension.crud_classes import filters_of, input_class, query_class, view_class
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given, patch_of
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.naming import camel
from conduyt_kit.kernel.query import both

E = TypeVar("E")


def crud_endpoints(
    spec: EntitySpec[E],
    *,
    section: str | None = None,
    path: str | None = None,
    read: Scope = Scope.READ,
    write: Scope = Scope.WRITE,
) -> tuple[Endpoint, ...]:
    """Return the endpoints that list, create, retrieve, update and delete the records of an entity.

    The input takes every field that is not the id, read-only, hidden or secret, ``created_at`` or ``updated_at``; the output shows
    every visible field. The list is filtered by references, choices, booleans and indexed fields: by equality, timestamps by
    ``createdAfter`` and ``createdBefore`` for a field ``created_at``. It is searched where the entity declares `search`.

    Args:
        spec: an entity with ids of its own (`new_id`); what its input does not take must have defaults.
        section: the heading in the reference; made from the plural when omitted.
        path: below the API's root; ``/ships`` for the plural ``ships`` when omitted.
        read, write: the scopes that reading and changing need.

    Raises:
        SpecError: the entity makes no ids, or a field that nobody can give has no default.
    """
    if spec.is_link or spec.new_id is None:
        raise SpecError(f"crud_endpoints needs an entity that makes its own ids; give {spec.name!r} a new_id")
    return _Crud(spec, section or _words(spec.plural).capitalize(), path or f"/{spec.plural.replace('_', '-')}").endpoints(read, write)


class _Crud(Generic[E]):
    def __init__(self, spec: EntitySpec[E], section: str, path: str) -> None:
        self._spec = spec
        self._section = section
        self._path = path
        self._filters = filters_of(spec)
        self._query = query_class(spec, self._filters)
        self._input = input_class(spec)
        self._view = view_class(spec)
        self._shown = tuple(field.name for field in attrs.fields(self._view))

    def list(self, call: Call[Any, None]) -> Listing:
        wanted = [(item, value) for item in self._filters if (value := getattr(call.query, item.name)) is not None]
        where = both(*(item.applied(self._canonical(call, item.field, value)) for item, value in wanted))
        search = call.query.search if self._spec.search else None
        return list_records(call, self._spec, lambda found: self._show(found.record), where, search=search)

    def create(self, call: Call[None, Any]) -> Any:
        return self._show(call.unit.repository(self._spec).create(**attrs.asdict(call.body, recurse=False)))

    def get(self, call: Call[None, None]) -> Any:
        return self._show(call.unit.repository(self._spec).get(call.path["id"]))

    def update(self, call: Call[None, Any]) -> Any:
        records = call.unit.repository(self._spec)
        return self._show(records.change(records.get_for_update(call.path["id"]), **given(call.body)))

    def delete(self, call: Call[None, None]) -> None:
        records = call.unit.repository(self._spec)
        records.remove(records.get_for_update(call.path["id"]))

    def endpoints(self, read: Scope, write: Scope) -> tuple[Endpoint, ...]:
        """Return the five endpoints."""
        one, many = _with_article(_words(self._spec.name)), _words(self._spec.plural)
        item = f"{self._path}/:id"
        shared: dict[str, Any] = {"section": self._section, "extension": True, "reply": self._view}
        single: dict[str, Any] = {**shared, "path": item, "entity": self._spec.name}
        read_only = frozenset(map(camel, self._shown)) - {camel(field.name) for field in attrs.fields(self._input)}
        return (
            Endpoint(
                **shared,
                method="GET",
                path=self._path,
                summary=f"List {many}, with filters and pages.",
                operation=self.list,
                scope=read,
                envelope=Envelope.PAGE,
                query=self._query,
            ),
            Endpoint(
                **shared,
                method="POST",
                path=self._path,
                summary=f"Create {one}.",
                operation=self.create,
                scope=write,
                status=201,
                body=self._input,
                errors=(422,),
            ),
            Endpoint(**single, method="GET", summary=f"Retrieve {one}.", operation=self.get, scope=read, errors=(404,)),
            Endpoint(
                **single,
                method="PATCH",
                summary=f"Update {one}. Only the given fields change.",
                operation=self.update,
                scope=write,
                body=patch_of(self._input),
                ignored=read_only,
                errors=(404, 422),
            ),
            Endpoint(
                **{**single, "reply": None},
                method="DELETE",
                summary=f"Delete {one}.",
                operation=self.delete,
                scope=write,
                envelope=Envelope.NONE,
                status=204,
                errors=(404, 409),
            ),
        )

    def _show(self, record: E) -> Any:
        return self._view(**{name: getattr(record, name) for name in self._shown})

    def _canonical(self, call: Call[Any, None], field: str, value: Any) -> Any:
        ref = self._spec.field(field).ref
        target = call.environment.spec_named(ref.entity) if ref else None
        return target.canonical_id(value) if target else value


def _words(name: str) -> str:
    return name.replace("_", " ")


def _with_article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
