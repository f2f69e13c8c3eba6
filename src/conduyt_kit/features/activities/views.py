"""What the endpoints show."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.kernel.audit import Action, Activity
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class ActivityView:
    """An entry of the audit trail; `user_name` is the actor's name as it was then."""

    id: str
    entity_type: str
    entity_id: str
    action: Action
    changes: dict[str, Any] | None
    user_id: str | None
    user_name: str | None
    timestamp: dt.datetime


@attrs.frozen(kw_only=True)
class TimelineEntry:
    """An entry of a contact's timeline; `kind` names what happened, such as ``note.created`` (X22)."""

    id: str
    kind: str
    summary: str
    entity_type: str
    entity_id: str
    user_id: str | None
    timestamp: dt.datetime


def view(found: Loaded[Activity]) -> ActivityView:
    entry = found.record
    return ActivityView(
        id=entry.id,
        entity_type=entry.entity_type,
        entity_id=entry.entity_id,
        action=entry.action,
        changes=entry.changes,
        user_id=entry.user_id,
        user_name=entry.user_name,
        timestamp=entry.timestamp,
    )


def timeline_entry(found: Loaded[Activity]) -> TimelineEntry:
    entry = found.record
    return TimelineEntry(
        id=entry.id,
        kind=f"{entry.entity_type}.{entry.action}",
        summary=_sentence(entry),
        entity_type=entry.entity_type,
        entity_id=entry.entity_id,
        user_id=entry.user_id,
        timestamp=entry.timestamp,
    )


def _sentence(entry: Activity) -> str:
    noun = entry.entity_type.replace("_", " ").capitalize()
    by = f" by {entry.user_name}" if entry.user_name else ""
    changed = f" ({', '.join(entry.changes)})" if entry.changes else ""
    return f"{noun} {entry.action}{changed}{by}"
