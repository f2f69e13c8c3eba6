"""The audit trail: one append-only entry for every create, update, delete and login (R93), written with its cause."""

import datetime as dt
from typing import Any, Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, HasMany, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored

Action = Literal["created", "updated", "deleted", "login"]


@attrs.frozen(kw_only=True)
class Activity:
    """One entry. The actor's name is kept as it was, so that it stays readable when the user is gone (R84)."""

    id: str
    entity_type: str
    entity_id: str
    action: Action
    changes: dict[str, Any] | None = None
    user_id: str | None = None
    user_name: str | None = None
    timestamp: dt.datetime
    correlation_id: str | None = None


@attrs.frozen(kw_only=True)
class ActivitySubject:
    """Connects an entry to a record it concerns: the record itself, and those its timeline references name (A28)."""

    activity_id: str = attrs.field(metadata=stored(ref=ref("activity", on_delete=CASCADE)))
    entity_type: str
    entity_id: str


ACTIVITY: EntitySpec[Activity] = entity(
    Activity,
    name="activity",
    plural="activities",
    new_id=ids.sortable("act_"),
    indexes=[
        ("-timestamp",),
        ("entity_type", "-timestamp"),
        ("user_id", "-timestamp"),
        ("action", "-timestamp"),
    ],
    relations=[HasMany(name="subjects", entity="activity_subject", field="activity_id")],
    sort=("-timestamp",),
    events=False,
    audited=False,
)

ACTIVITY_SUBJECT: EntitySpec[ActivitySubject] = entity(
    ActivitySubject,
    name="activity_subject",
    key=("entity_type", "entity_id", "activity_id"),
    events=False,
    audited=False,
    counted=False,
)
