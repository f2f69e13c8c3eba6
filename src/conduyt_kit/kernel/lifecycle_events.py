"""The created, updated and deleted events that every entity has by declaration, as entries of the event catalogue (X5)."""

from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.kernel.entities import EntitySpec, Kind
from conduyt_kit.kernel.events import Event, EventSpec
from conduyt_kit.kernel.naming import camel

ACTIONS = ("created", "updated", "deleted")

_WORDS = {
    Kind.TEXT: "text",
    Kind.INTEGER: "whole number",
    Kind.DECIMAL: "number",
    Kind.FLOAT: "number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "date and time, UTC",
    Kind.JSON: "object or array",
}


def event_specs_of(spec: EntitySpec[Any]) -> tuple[EventSpec, ...]:
    """Return the catalogue entries of an entity's own events; none where it declares that it has none."""
    if not spec.events:
        return ()
    noun = spec.name.replace("_", " ")
    fields = {camel(field.name): _describe(spec, field.name) for field in spec.fields if field.visible}
    changes = {"changes": "what changed: {field: {from, to}}"}
    return tuple(
        EventSpec(
            name=f"{spec.name}.{action}",
            description=f"A {noun} was {action}.",
            entity=spec.name,
            fields=fields | changes if action == "updated" else fields,
        )
        for action in ACTIONS
    )


def spec_of_event(event: type[Event]) -> EventSpec:
    """Return the catalogue entry of a feature's own event class."""
    fields: Mapping[str, str] = {camel(field.name): str(field.metadata.get("description", "")) for field in attrs.fields(event)}
    return EventSpec(name=event.name, description=event.description, version=event.version, entity=event.entity, fields=fields)


def _describe(spec: EntitySpec[Any], name: str) -> str:
    field = spec.field(name)
    if field.options.description:
        return field.options.description
    text = f"id of the {field.ref.entity.replace('_', ' ')}" if field.ref else _WORDS[field.kind]
    return f"{text} or null" if field.nullable else text
