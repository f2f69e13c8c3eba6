"""The documented endpoints of workflows and their runs, trying a workflow, and retrying a run (X25)."""

from typing import Any

import attrs

from conduyt_kit.features.workflows.entities import WORKFLOW, WORKFLOW_RUN
from conduyt_kit.features.workflows.inputs import (
    READ_ONLY,
    RunQuery,
    SampleEvent,
    WorkflowChanges,
    WorkflowInput,
    WorkflowQuery,
    workflow_values,
)
from conduyt_kit.features.workflows.runs import WorkflowRuns
from conduyt_kit.features.workflows.service import Workflows
from conduyt_kit.features.workflows.trials import try_workflow
from conduyt_kit.features.workflows.views import (
    ActivationView,
    ListedRunView,
    RunView,
    TrialView,
    WorkflowView,
    activation_view,
    listed_run,
    listed_workflow,
    run_view,
    workflow_view,
)
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.query import EVERYTHING, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

SECTION = "Workflows"


def list_workflows(call: Call[WorkflowQuery, None]) -> Listing:
    status = call.query.status
    return list_records(call, WORKFLOW, listed_workflow, where(status=status) if status else EVERYTHING)


def create_workflow(call: Call[None, WorkflowInput]) -> WorkflowView:
    return workflow_view(call.unit[Workflows].create(**workflow_values(attrs.asdict(call.body, recurse=False))))


def get_workflow(call: Call[None, None]) -> WorkflowView:
    return workflow_view(call.unit[Workflows].get(call.path["id"]))


def update_workflow(call: Call[None, Any]) -> WorkflowView:
    return workflow_view(call.unit[Workflows].update(call.path["id"], workflow_values(given(call.body))))


def delete_workflow(call: Call[None, None]) -> None:
    call.unit[Workflows].delete(call.path["id"])


def activate_workflow(call: Call[None, None]) -> ActivationView:
    return activation_view(call.unit[Workflows].activate(call.path["id"]))


def deactivate_workflow(call: Call[None, None]) -> ActivationView:
    return activation_view(call.unit[Workflows].deactivate(call.path["id"]))


def test_workflow(call: Call[None, SampleEvent]) -> TrialView:
    def open_unit() -> UnitOfWork:
        # One transaction at a time, and none that is committed at the end of the call.
        while call.units:
            call.units.pop().rollback()
        if call.identity is None:
            raise SpecError("this endpoint is not public")
        return call.open(call.identity.workspace)

    trial = try_workflow(open_unit, call.path["id"], call.body)
    call.units.clear()
    return trial


def list_runs(call: Call[RunQuery, None]) -> Listing:
    workflow = call.unit[Workflows].get(call.path["id"])
    status = {"status": call.query.status} if call.query.status else {}
    return list_records(call, WORKFLOW_RUN, listed_run, where(workflow_id=workflow.id, **status))


def get_run(call: Call[None, None]) -> RunView:
    return run_view(call.unit[WorkflowRuns].get(call.path["id"], call.path["runId"]))


def retry_run(call: Call[None, None]) -> RunView:
    return run_view(call.unit[WorkflowRuns].retry(call.path["id"], call.path["runId"]))


WORKFLOW_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/workflows",
        section=SECTION,
        summary="List all workflows in the workspace.",
        operation=list_workflows,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=WorkflowView,
        query=WorkflowQuery,
    ),
    Endpoint(
        method="POST",
        path="/workflows",
        section=SECTION,
        summary="Create a new workflow with a trigger event and one or more actions. It is inactive until it is activated.",
        operation=create_workflow,
        scope=Scope.WRITE,
        reply=WorkflowView,
        status=201,
        body=WorkflowInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/workflows/:id",
        section=SECTION,
        summary="Retrieve a single workflow with its trigger, actions, and run statistics.",
        operation=get_workflow,
        scope=Scope.READ,
        reply=WorkflowView,
        errors=(404,),
        entity="workflow",
    ),
    Endpoint(
        method="PATCH",
        path="/workflows/:id",
        section=SECTION,
        summary="Update a workflow. Changes of an active one take effect on the next trigger event.",
        operation=update_workflow,
        scope=Scope.WRITE,
        reply=WorkflowView,
        body=WorkflowChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="workflow",
    ),
    Endpoint(
        method="DELETE",
        path="/workflows/:id",
        section=SECTION,
        summary="Delete a workflow with its runs. An active one must be deactivated before.",
        operation=delete_workflow,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404, 409),
        entity="workflow",
    ),
    Endpoint(
        method="POST",
        path="/workflows/:id/activate",
        section=SECTION,
        summary="Activate a workflow, so that it fires on matching trigger events.",
        operation=activate_workflow,
        scope=Scope.WRITE,
        reply=ActivationView,
        errors=(404, 409),
    ),
    Endpoint(
        method="POST",
        path="/workflows/:id/deactivate",
        section=SECTION,
        summary="Deactivate a workflow. Runs that have started continue to completion.",
        operation=deactivate_workflow,
        scope=Scope.WRITE,
        reply=ActivationView,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/workflows/:id/test",
        section=SECTION,
        summary="Try a workflow with a sample event: which conditions hold and what each action would do. Nothing is changed.",
        operation=test_workflow,
        scope=Scope.WRITE,
        reply=TrialView,
        body=SampleEvent,
        optional_body=True,
        errors=(404, 422),
        extension=True,
    ),
)

RUN_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/workflows/:id/runs",
        section=SECTION,
        summary="List execution history for a workflow: one run per trigger event.",
        operation=list_runs,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=ListedRunView,
        query=RunQuery,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/workflows/:id/runs/:runId",
        section=SECTION,
        summary="Get full details of a workflow run, with the result or error of each action.",
        operation=get_run,
        scope=Scope.READ,
        reply=RunView,
        errors=(404,),
        entity="workflow_run",
    ),
    Endpoint(
        method="POST",
        path="/workflows/:id/runs/:runId/retry",
        section=SECTION,
        summary="Carry a failed run on from the action that failed.",
        operation=retry_run,
        scope=Scope.WRITE,
        reply=RunView,
        errors=(404, 409),
        extension=True,
    ),
)
