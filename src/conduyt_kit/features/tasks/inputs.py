"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.tasks.entities import KeptStatus, Priority, TaskStatus
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Id, LongText, Name, Since, Timestamp


@attrs.frozen(kw_only=True)
class TaskInput:
    """A new task; contact, deal, both or neither may be given (R42)."""

    title: Name
    description: LongText | None = None
    due_date: Annotated[Timestamp, Meta(description="Due date and time")] | None = None
    priority: Priority = "medium"
    assigned_to: Id | None = None
    contact_id: Id | None = None
    deal_id: Id | None = None
    status: KeptStatus = "pending"


TaskChanges = patch_of(TaskInput)


@attrs.frozen(kw_only=True)
class TaskQuery(PageQuery):
    status: Annotated[TaskStatus, Meta(description="Filter: pending, completed, overdue")] | None = None
    assigned_to: Annotated[str, Meta(description="Filter by assigned user")] | None = None
    contact_id: Annotated[str, Meta(description="Filter by linked contact")] | None = None
    deal_id: Annotated[str, Meta(description="Filter by linked deal")] | None = None
    due_before: Annotated[Since, Meta(description="Tasks due before this date")] | None = attrs.field(
        default=None, metadata={"wire": "due_before"}
    )
