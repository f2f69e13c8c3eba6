"""create_task: a task on the contact and deal that the event is about (R160)."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.features.contacts import CONTACT
from conduyt_kit.features.deals import DEAL
from conduyt_kit.features.tasks import Tasks
from conduyt_kit.features.tasks.entities import Priority
from conduyt_kit.features.workflows.actions.subjects import subject
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kernel.values import Id, LongText, Name

_OWNERS: Mapping[str | None, EntitySpec[Any]] = {"deal.owner": DEAL, "contact.owner": CONTACT}


@attrs.frozen(kw_only=True)
class CreateTask:
    """What the task says, when it is due, and whose it is: a user, or who has the deal or the contact when it is made."""

    title: Name
    description: LongText | None = None
    due_days: Annotated[int, Meta(ge=0, le=3650, description="Days until it is due")] | None = None
    assign_to: Annotated[Id, Meta(description="A user's id, deal.owner or contact.owner")] | None = None
    priority: Priority = "medium"


def run(unit: UnitOfWork, config: CreateTask, context: Mapping[str, Any]) -> Mapping[str, Any]:
    # What the event was about may be gone by now; the task is still to be done.
    contact, deal = subject(unit, context, CONTACT), subject(unit, context, DEAL)
    task = unit[Tasks].create(
        title=config.title,
        description=config.description,
        priority=config.priority,
        due_date=None if config.due_days is None else unit.now + dt.timedelta(days=config.due_days),
        assigned_to=_assignee(unit, config.assign_to, context),
        contact_id=contact.id if contact else None,
        deal_id=deal.id if deal else None,
    )
    return {"taskId": task.id}


def _assignee(unit: UnitOfWork, assign_to: str | None, context: Mapping[str, Any]) -> str | None:
    if assign_to not in _OWNERS:
        return assign_to
    record = subject(unit, context, _OWNERS[assign_to])
    owner: str | None = record.assigned_to if record else None
    return owner


CREATE_TASK = ActionSpec(name="create_task", description="Create a task on the contact and the deal.", config=CreateTask, run=run)
