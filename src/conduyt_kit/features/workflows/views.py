"""What the endpoints show."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs
from msgspec import UNSET, UnsetType

from conduyt_kit.features.workflows.conditions import Finding
from conduyt_kit.features.workflows.entities import ActionStatus, OnError, RunStatus, Workflow, WorkflowRun, WorkflowStatus
from conduyt_kit.features.workflows.facts import shown, shown_in_list
from conduyt_kit.features.workflows.steps import next_step
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class TriggerView:
    event: str
    conditions: dict[str, Any] | UnsetType = UNSET


@attrs.frozen(kw_only=True)
class ActionView:
    type: str
    config: dict[str, Any]
    on_error: OnError | UnsetType = UNSET


@attrs.frozen(kw_only=True)
class WorkflowView:
    """A workflow, in the documented order of keys."""

    id: str
    name: str
    description: str | None
    status: WorkflowStatus
    trigger: TriggerView
    actions: list[ActionView]
    run_count: int
    last_run_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class ActivationView:
    id: str
    name: str
    status: WorkflowStatus
    activated_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class ListedStepView:
    type: str
    status: ActionStatus
    executed_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class ListedRunView:
    """A run in a list: the short form (A38)."""

    id: str
    workflow_id: str
    status: RunStatus
    trigger_event: str
    trigger_data: dict[str, Any]
    actions: list[ListedStepView]
    started_at: dt.datetime
    completed_at: dt.datetime | None
    duration_ms: int | None


@attrs.frozen(kw_only=True)
class StepView:
    """One action of a run: what it returned, or why it failed (R157)."""

    type: str
    status: ActionStatus
    config: dict[str, Any]
    result: dict[str, Any] | UnsetType = UNSET
    error: str | UnsetType = UNSET
    executed_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class RunView:
    """A single run: the long form (A38)."""

    id: str
    workflow_id: str
    workflow_name: str
    status: RunStatus
    trigger_event: str
    trigger_data: dict[str, Any]
    actions: list[StepView]
    started_at: dt.datetime
    completed_at: dt.datetime | None
    duration_ms: int | None


@attrs.frozen(kw_only=True)
class ConditionTrialView:
    field: str
    expected: Any
    actual: Any
    holds: bool


@attrs.frozen(kw_only=True)
class EffectView:
    """Something that would happen: an event with its data."""

    event: str
    data: dict[str, Any]


@attrs.frozen(kw_only=True)
class ActionTrialView:
    type: str
    status: ActionStatus
    config: dict[str, Any]
    result: dict[str, Any] | UnsetType = UNSET
    error: str | UnsetType = UNSET
    effects: list[EffectView]


@attrs.frozen(kw_only=True)
class TrialView:
    """What would become of an event: whether the workflow would run, and what each action, by itself, would do."""

    event: str
    would_run: bool
    conditions: list[ConditionTrialView]
    actions: list[ActionTrialView]


def workflow_view(workflow: Workflow) -> WorkflowView:
    return WorkflowView(
        id=workflow.id,
        name=workflow.name,
        description=workflow.description,
        status=workflow.status,
        trigger=TriggerView(event=workflow.trigger_event, conditions=UNSET if workflow.conditions is None else workflow.conditions),
        actions=[ActionView(type=a["type"], config=a["config"], on_error=a.get("onError", UNSET)) for a in workflow.actions],
        run_count=workflow.run_count,
        last_run_at=workflow.last_run_at,
        created_at=workflow.created_at,
        updated_at=workflow.updated_at,
    )


def listed_workflow(found: Loaded[Workflow]) -> WorkflowView:
    return workflow_view(found.record)


def activation_view(workflow: Workflow) -> ActivationView:
    return ActivationView(id=workflow.id, name=workflow.name, status=workflow.status, activated_at=workflow.activated_at)


def listed_run(found: Loaded[WorkflowRun]) -> ListedRunView:
    run = found.record
    return ListedRunView(
        id=run.id,
        workflow_id=run.workflow_id,
        status=run.status,
        trigger_event=run.trigger_event,
        trigger_data=shown_in_list(run.trigger_event, run.subject, run.trigger_data),
        actions=[
            ListedStepView(type=step["type"], status=_status(run, number), executed_at=_time(step)) for number, step in enumerate(run.steps)
        ],
        started_at=run.started_at,
        completed_at=run.completed_at,
        duration_ms=_duration(run),
    )


def run_view(run: WorkflowRun) -> RunView:
    return RunView(
        id=run.id,
        workflow_id=run.workflow_id,
        workflow_name=run.workflow_name,
        status=run.status,
        trigger_event=run.trigger_event,
        trigger_data=shown(run.trigger_event, run.trigger_data),
        actions=[_step(run, number) for number in range(len(run.steps))],
        started_at=run.started_at,
        completed_at=run.completed_at,
        duration_ms=_duration(run),
    )


def condition_view(finding: Finding) -> ConditionTrialView:
    return ConditionTrialView(field=finding.field, expected=finding.expected, actual=finding.actual, holds=finding.holds)


def _step(run: WorkflowRun, number: int) -> StepView:
    step = run.steps[number]
    return StepView(
        type=step["type"],
        status=_status(run, number),
        config=step["config"],
        result=step.get("result", UNSET),
        error=step.get("error", UNSET),
        executed_at=_time(step),
    )


def _status(run: WorkflowRun, number: int) -> ActionStatus:
    status: ActionStatus = run.steps[number]["status"]
    return "running" if run.status == "running" and number == next_step(run.steps) else status


def _time(step: Mapping[str, Any]) -> dt.datetime | None:
    return dt.datetime.fromisoformat(step["executedAt"]) if "executedAt" in step else None


def _duration(run: WorkflowRun) -> int | None:
    return None if run.completed_at is None else round((run.completed_at - run.started_at) / dt.timedelta(milliseconds=1))
