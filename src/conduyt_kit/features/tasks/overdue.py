"""When a task is overdue: not completed, and its due date past (R43, A12). One rule for what is shown and for what is found."""

import datetime as dt

from conduyt_kit.features.tasks.entities import Task, TaskStatus
from conduyt_kit.kernel.query import AllOf, AnyOf, Compare, Op, Where

_OPEN = Compare("status", Op.EQ, "pending")


def shown_status(task: Task, now: dt.datetime) -> TaskStatus:
    """Return the status as people see it."""
    if task.status == "pending" and task.due_date is not None and task.due_date < now:
        return "overdue"
    return task.status


def having_status(status: TaskStatus, now: dt.datetime) -> Where:
    """Return the condition for tasks that show a status; pending leaves out the overdue."""
    if status == "completed":
        return Compare("status", Op.EQ, "completed")
    if status == "overdue":
        return AllOf((_OPEN, Compare("due_date", Op.LT, now)))
    return AllOf((_OPEN, AnyOf((Compare("due_date", Op.EQ, None), Compare("due_date", Op.GE, now)))))
