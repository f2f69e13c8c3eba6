"""What tasks tell beside created, updated and deleted."""

from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class TaskCompleted(Event):
    name: ClassVar[str] = "task.completed"
    description: ClassVar[str] = "A task was marked as done."
    entity: ClassVar[str | None] = "task"

    task_id: str
    title: str
    assigned_to: str | None
    contact_id: str | None
    deal_id: str | None
