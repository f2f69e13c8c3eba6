"""Trying a workflow: which conditions hold for an event and what each action would do, with nothing left of it.

Each action is performed in a unit of work of its own that is rolled back, so what an earlier action would change, a later one does not
see. Requests to other servers are not made.
"""

from collections.abc import Callable, Mapping
from typing import Any

from conduyt_kit.features.workflows.conditions import findings
from conduyt_kit.features.workflows.entities import Workflow
from conduyt_kit.features.workflows.facts import Facts, data_of
from conduyt_kit.features.workflows.inputs import SampleEvent
from conduyt_kit.features.workflows.job import reason_of
from conduyt_kit.features.workflows.registry import ACTIONS
from conduyt_kit.features.workflows.runs import action_context, require_rights
from conduyt_kit.features.workflows.service import Workflows
from conduyt_kit.features.workflows.views import ActionTrialView, EffectView, TrialView, condition_view
from conduyt_kit.kernel.changes import plain
from conduyt_kit.kernel.errors import ConduytError, ValidationFailed
from conduyt_kit.kernel.events import EVENT, Happened
from conduyt_kit.kernel.unit_of_work import UnitOfWork

OpenUnit = Callable[[], UnitOfWork]

TRIAL_RUN = "run_trial"


def try_workflow(open_unit: OpenUnit, workflow_id: str, sample: SampleEvent) -> TrialView:
    """Return what would become of an event.

    Args:
        open_unit: opens units of work in the caller's workspace; each is rolled back here.
        workflow_id: the workflow; whether it is active does not matter.
        sample: the event.

    Raises:
        NotFound: no such workflow or event.
        ValidationFailed: no event is given, and none of the trigger's name has happened.
    """
    unit = open_unit()
    try:
        workflow = unit[Workflows].get(workflow_id)
        happened = _event(unit, workflow, sample)
        data = data_of(happened)
        found = findings(workflow.conditions, Facts(unit, data))
    finally:
        unit.rollback()
    fires = happened.name == workflow.trigger_event and all(finding.holds for finding in found)
    return TrialView(
        event=happened.name,
        would_run=fires,
        conditions=[condition_view(finding) for finding in found],
        actions=[_try_action(open_unit(), workflow, number, data) for number in range(len(workflow.actions))],
    )


def _event(unit: UnitOfWork, workflow: Workflow, sample: SampleEvent) -> Happened:
    if sample.event_id is not None:
        return unit.repository(EVENT).get(sample.event_id)
    if sample.data is not None:
        return _made_up(unit, workflow.trigger_event, sample.data)
    last = unit.repository(EVENT).first_where(name=workflow.trigger_event)
    if last is None:
        raise ValidationFailed.on("data", f"Give data or an eventId: no {workflow.trigger_event} has happened lately")
    return last


def _made_up(unit: UnitOfWork, name: str, data: Mapping[str, Any]) -> Happened:
    spec = unit.environment.events.specs.get(name)
    kind = spec.entity if spec else None
    id = data.get(f"{kind}Id", data.get("id")) if kind else None
    return Happened(
        id="evt_trial", name=name, data=dict(data), entity_type=kind, entity_id=id if isinstance(id, str) else None, occurred_at=unit.now
    )


def _try_action(unit: UnitOfWork, workflow: Workflow, number: int, data: Mapping[str, Any]) -> ActionTrialView:
    action = workflow.actions[number]
    shown: dict[str, Any] = {"type": action["type"], "config": action["config"]}
    try:
        spec, config = unit.provider(ACTIONS).read(action)
        require_rights(unit, workflow.owner_id)
        result = spec.run(unit, config, action_context(data, TRIAL_RUN, workflow.id, number))
        unit.flush()
    except ConduytError as error:
        return ActionTrialView(**shown, status="failed", error=reason_of(error), effects=[])
    finally:
        unit.rollback()
    effects = [EffectView(event=event.name, data=event.data) for event in unit.events]
    return ActionTrialView(**shown, status="success", result=plain(dict(result)), effects=effects)
