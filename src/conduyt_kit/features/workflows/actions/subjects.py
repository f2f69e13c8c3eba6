"""The record that an action is about, from the event's context."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def subject_id(context: Mapping[str, Any], entity: str) -> str:
    """Return the id of the contact, deal, ... that the event is about.

    Raises:
        Conflict: it is about none.
    """
    id = context.get(f"{entity}Id")
    if not isinstance(id, str) or not id:
        raise Conflict(f"The event is about no {entity}")
    return id


def subject(unit: UnitOfWork, context: Mapping[str, Any], spec: EntitySpec[Any]) -> Any | None:
    """Return the record itself, or ``None`` where the event is about none or it is gone."""
    id = context.get(f"{spec.name}Id")
    return unit.repository(spec).find(id) if isinstance(id, str) and id else None
