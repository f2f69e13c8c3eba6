"""The documented endpoints of tasks, and the delete of X12."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.features.tasks.entities import TASK, Priority, Task, TaskStatus
from conduyt_kit.features.tasks.inputs import TaskChanges, TaskInput, TaskQuery
from conduyt_kit.features.tasks.overdue import having_status, shown_status
from conduyt_kit.features.tasks.service import Tasks
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.query import Compare, Op, both, where

SECTION = "Tasks"
READ_ONLY = frozenset({"id", "completedAt", "createdAt", "updatedAt"})


@attrs.frozen(kw_only=True)
class TaskView:
    """A task as the API shows it; `status` may be the derived overdue (A12)."""

    id: str
    title: str
    description: str | None
    status: TaskStatus
    priority: Priority
    due_date: dt.datetime | None
    assigned_to: str | None
    contact_id: str | None
    deal_id: str | None
    created_at: dt.datetime


def view(task: Task, now: dt.datetime) -> TaskView:
    return TaskView(
        id=task.id,
        title=task.title,
        description=task.description,
        status=shown_status(task, now),
        priority=task.priority,
        due_date=task.due_date,
        assigned_to=task.assigned_to,
        contact_id=task.contact_id,
        deal_id=task.deal_id,
        created_at=task.created_at,
    )


def list_tasks(call: Call[TaskQuery, None]) -> Listing:
    asked, now = call.query, call.unit.now
    linked = {name: getattr(asked, name) for name in ("assigned_to", "contact_id", "deal_id") if getattr(asked, name) is not None}
    condition = both(
        having_status(asked.status, now) if asked.status else None,
        Compare("due_date", Op.LT, asked.due_before) if asked.due_before else None,
        where(**call.unit.canonical_refs(TASK, linked)),
    )
    return list_records(call, TASK, lambda found: view(found.record, now), condition)


def create_task(call: Call[None, TaskInput]) -> TaskView:
    return view(call.unit[Tasks].create(**attrs.asdict(call.body, recurse=False)), call.unit.now)


def get_task(call: Call[None, None]) -> TaskView:
    return view(call.unit[Tasks].get(call.path["id"]), call.unit.now)


def update_task(call: Call[None, Any]) -> TaskView:
    return view(call.unit[Tasks].update(call.path["id"], given(call.body)), call.unit.now)


def delete_task(call: Call[None, None]) -> None:
    call.unit[Tasks].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/tasks",
        section=SECTION,
        summary="List all tasks with optional filters for status, assignee, and due date.",
        operation=list_tasks,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=TaskView,
        query=TaskQuery,
    ),
    Endpoint(
        method="POST",
        path="/tasks",
        section=SECTION,
        summary="Create a new task.",
        operation=create_task,
        scope=Scope.WRITE,
        reply=TaskView,
        status=201,
        body=TaskInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/tasks/:id",
        section=SECTION,
        summary="Retrieve a single task by ID.",
        operation=get_task,
        scope=Scope.READ,
        reply=TaskView,
        errors=(404,),
        entity="task",
    ),
    Endpoint(
        method="PATCH",
        path="/tasks/:id",
        section=SECTION,
        summary="Update a task. Status completed marks it done.",
        operation=update_task,
        scope=Scope.WRITE,
        reply=TaskView,
        body=TaskChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="task",
    ),
    Endpoint(
        method="DELETE",
        path="/tasks/:id",
        section=SECTION,
        summary="Delete a task.",
        operation=delete_task,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="task",
    ),
)
