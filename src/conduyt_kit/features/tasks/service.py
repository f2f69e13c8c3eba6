"""The use cases of tasks."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.tasks.entities import TASK, Task
from conduyt_kit.features.tasks.events import TaskCompleted
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Tasks:
    """Tasks of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._tasks = unit.repository(TASK)

    def get(self, id: str) -> Task:
        """Return a task.

        Raises:
            NotFound: no such task.
        """
        return self._tasks.get(id)

    def create(self, *, status: str = "pending", **values: Any) -> Task:
        """Create a task; contact, deal and assignee, where given, must exist (R42)."""
        done = status == "completed"
        task = self._tasks.create(status=status, completed_at=self._unit.now if done else None, **values)
        if done:
            self._tell_completed(task)
        return task

    def update(self, id: str, changes: Mapping[str, Any]) -> Task:
        """Change the given fields; completing keeps the time, reopening clears it (R44).

        Raises:
            NotFound: no such task.
        """
        task = self._tasks.get_for_update(id)
        wanted = dict(changes)
        status = wanted.get("status", task.status)
        if status != task.status:
            wanted["completed_at"] = self._unit.now if status == "completed" else None
        changed = self._tasks.change(task, **wanted)
        if changed.status == "completed" and task.status != "completed":
            self._tell_completed(changed)
        return changed

    def delete(self, id: str) -> None:
        """Delete a task (X12).

        Raises:
            NotFound: no such task.
        """
        self._tasks.remove(self._tasks.get_for_update(id))

    def _tell_completed(self, task: Task) -> None:
        self._unit.emit(
            TaskCompleted(task_id=task.id, title=task.title, assigned_to=task.assigned_to, contact_id=task.contact_id, deal_id=task.deal_id)
        )
