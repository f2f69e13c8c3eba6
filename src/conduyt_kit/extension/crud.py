"""The usual endpoints of an entity, derived from its specification: for plugins whose records need no use cases of their own.

They keep every rule the built-in features keep: strict input with all mistakes at once, 404 for what another workspace has, 422 on
the field for broken references and uniqueness rules, pages and cursors, ``ETag`` and ``If-Match``, activities and events.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs

from conduyt_kit.extension.crud_classes import changes_class, condition_of, input_class, query_class, view_class
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.naming import camel
from conduyt_kit.kernel.query import Loaded

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
        self._input = input_class(spec)
        self._view = view_class(spec)
        self._conditions = {name: condition_of(spec, name) for name in (field.name for field in attrs.fields(query_class(spec)))}

    def list(self, call: Call[Any, None]) -> Listing:
        conditions = [make(call, value) for name, make in self._conditions.items() if make and (value := getattr(call.query, name)) is not None]
        return list_records(call, self._spec, self._loaded, _all(conditions), search=getattr(call.query, "search", None))

    def create(self, call: Call[None, Any]) -> Any:
        return self._shown(call.unit.repository(self._spec).create(**attrs.asdict(call.body, recurse=False)))

    def get(self, call: Call[None, None]) -> Any:
        return self._shown(call.unit.repository(self._spec).get(call.path["id"]))

    def update(self, call: Call[None, Any]) -> Any:
        records = call.unit.repository(self._spec)
        return self._shown(records.change(records.get_for_update(call.path["id"]), **given(call.body)))

    def delete(self, call: Call[None, None]) -> None:
        records = call.unit.repository(self._spec)
        records.remove(records.get_for_update(call.path["id"]))

    def _shown(self, record: E) -> Any:
        return self._view(**{field.name: getattr(record, field.name) for field in attrs.fields(self._view)})

    def _loaded(self, found: Loaded[E]) -> Any:
        return self._shown(found.record)
