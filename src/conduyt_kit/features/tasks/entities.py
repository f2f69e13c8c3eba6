"""The task."""

import datetime as dt
from typing import Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import CASCADE, SET_NULL, ref, stored
from conduyt_kit.kernel.values import LongText, Name

KeptStatus = Literal["pending", "completed"]
"""What is stored; ``overdue`` is derived (`overdue.py`)."""
TaskStatus = Literal["pending", "completed", "overdue"]
Priority = Literal["low", "medium", "high"]


@attrs.frozen(kw_only=True)
class Task:
    """A task. It goes with its contact; without its deal it stays."""

    id: str
    title: Name
    description: LongText | None = None
    status: KeptStatus = "pending"
    priority: Priority = "medium"
    due_date: dt.datetime | None = None
    assigned_to: str | None = attrs.field(default=None, metadata=stored(ref=ref("user", on_delete=SET_NULL)))
    contact_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("contact", on_delete=CASCADE, timeline=True)))
    deal_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("deal", on_delete=SET_NULL, timeline=True)))
    completed_at: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


TASK: EntitySpec[Task] = entity(
    Task,
    name="task",
    new_id=ids.sortable("task_"),
    indexes=[
        ("-created_at",),
        ("status", "due_date"),
        ("status", "completed_at"),
        ("assigned_to", "-created_at"),
        ("contact_id", "-created_at"),
        ("deal_id", "-created_at"),
        ("due_date",),
    ],
    sort=("-created_at",),
    sortable=("due_date", "title", "updated_at"),
)
