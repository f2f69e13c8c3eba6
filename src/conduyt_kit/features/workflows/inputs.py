"""What the endpoints take."""

from typing import Annotated, Any

import attrs
from msgspec import UNSET, Meta, UnsetType

from conduyt_kit.features.workflows.entities import OnError, RunStatus, WorkflowStatus
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Id, LongText, Name

READ_ONLY = frozenset({"id", "status", "runCount", "lastRunAt", "activatedAt", "createdAt", "updatedAt"})
"""What a fetched workflow has that is not to be changed; accepted and dropped, so that it can be sent back (A5, R151)."""

MOST_ACTIONS = 50


@attrs.frozen(kw_only=True)
class TriggerInput:
    """When a workflow fires: at an event, if all conditions hold."""

    event: Annotated[str, Meta(min_length=1, max_length=200, description="e.g., contact.created, deal.stage_changed, form.submitted")]
    conditions: (
        Annotated[dict[str, Any], Meta(description='Fields that must equal a value, or satisfy operators such as {"gte": 1000}')] | None
    ) = None


@attrs.frozen(kw_only=True)
class ActionInput:
    """One action; a failure stops the run unless `on_error` is continue."""

    type: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            description="assign_contact, send_email, create_task, update_field, send_webhook, enroll_sequence, or one of a plugin",
        ),
    ]
    config: Annotated[dict[str, Any], Meta(description="What the type needs")] = attrs.field(factory=dict)
    on_error: OnError | UnsetType = UNSET


@attrs.frozen(kw_only=True)
class WorkflowInput:
    """A new workflow; it is inactive."""

    name: Annotated[Name, Meta(description="Workflow name")]
    description: Annotated[LongText, Meta(description="Description of what this workflow does")] | None = None
    trigger: Annotated[TriggerInput, Meta(description="Trigger definition")]
    actions: Annotated[list[ActionInput], Meta(min_length=1, max_length=MOST_ACTIONS, description="Ordered actions")]


WorkflowChanges = patch_of(WorkflowInput)


@attrs.frozen(kw_only=True)
class WorkflowQuery(PageQuery):
    status: Annotated[WorkflowStatus, Meta(description="Filter by status: active, inactive")] | None = None


@attrs.frozen(kw_only=True)
class RunQuery(PageQuery):
    status: Annotated[RunStatus, Meta(description="Filter by run status: success, failed, running")] | None = None


@attrs.frozen(kw_only=True)
class SampleEvent:
    """What to try a workflow with: data of an event, or one that has happened; with neither, the last one of the trigger's name."""

    data: Annotated[dict[str, Any], Meta(description="The data of an event of the trigger's name")] | None = None
    event_id: Annotated[Id, Meta(description="An event that has happened")] | None = None


def workflow_values(given: dict[str, Any]) -> dict[str, Any]:
    """Return the given fields of a workflow's input as the service takes them."""
    values = dict(given)
    trigger = values.pop("trigger", None)
    if trigger is not None:
        values |= {"trigger_event": trigger.event, "conditions": trigger.conditions}
    if "actions" in values:
        values["actions"] = [_action(action) for action in values["actions"]]
    return values


def _action(action: ActionInput) -> dict[str, Any]:
    policy = {} if action.on_error is UNSET else {"onError": action.on_error}
    return {"type": action.type, "config": action.config, **policy}
