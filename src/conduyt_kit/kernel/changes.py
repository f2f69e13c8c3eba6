"""Field-by-field differences between two versions of a record, in the documented form (R95)."""

import datetime as dt
import decimal
from typing import Any

import attrs

from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.money import as_json_number
from conduyt_kit.kernel.naming import camel

Changes = dict[str, dict[str, Any]]
"""``{"stageId": {"from": ..., "to": ...}}``: camelCase names, JSON values."""


def plain(value: Any) -> Any:
    """Return a value as JSON shows it: timestamps in UTC to the second (A10), decimals as numbers, classes as objects."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return as_json_number(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return {camel(field.name): plain(getattr(value, field.name)) for field in attrs.fields(type(value))}


def snapshot(spec: EntitySpec[Any], record: Any) -> dict[str, Any]:
    """Return the visible fields of a record as a JSON object with camelCase names."""
    return {camel(field.name): plain(getattr(record, field.name)) for field in spec.fields if field.visible}


def diff(spec: EntitySpec[Any], old: Any, new: Any) -> Changes:
    """Return what differs between two versions of a record, visible fields only, without ``updatedAt``."""
    found: Changes = {}
    for field in spec.fields:
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after and field.visible and field.name != "updated_at":
            found[camel(field.name)] = {"from": plain(before), "to": plain(after)}
    return found
