"""The workflow, its runs, and whose turn it is in a team."""

import datetime as dt
from typing import Any, Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from conduyt_kit.kernel.values import LongText, Name

WorkflowStatus = Literal["active", "inactive"]
RunStatus = Literal["running", "success", "failed"]
ActionStatus = Literal["pending", "running", "success", "failed", "skipped"]
OnError = Literal["stop", "continue"]


@attrs.frozen(kw_only=True)
class Workflow:
    """Actions that follow on an event while the workflow is active.

    `conditions` is ``None`` where there are none. `actions` has objects of type, config and, where given, onError. `owner_id` is the
    user whose rights the actions need: who last made, changed or activated it.
    """

    id: str
    name: Name
    description: LongText | None = None
    status: WorkflowStatus = "inactive"
    trigger_event: str
    conditions: dict[str, Any] | None = None
    actions: list[Any]
    run_count: int = attrs.field(default=0, metadata=stored(read_only=True))
    last_run_at: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    activated_at: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    owner_id: str | None = attrs.field(default=None, metadata=stored(hidden=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


@attrs.frozen(kw_only=True)
class WorkflowRun:
    """One workflow's answer to one event, and how far it is.

    `steps` are the actions as they were when the run started (R152), each an object of type, config, onError and status, later also
    executedAt, result or error; `dueAt` where it had to wait, and `prepared` between its two commits where it calls another server.
    `job_id` is the job that carries it on.
    `chain` are the ids of the events that led here, oldest first, with the run's own at the end; `root_event_id` is the first.
    """

    id: str
    workflow_id: str = attrs.field(metadata=stored(ref=ref("workflow", on_delete=CASCADE)))
    workflow_name: str
    status: RunStatus = "running"
    event_id: str
    root_event_id: str
    chain: list[str]
    correlation_id: str | None = None
    trigger_event: str
    trigger_data: dict[str, Any]
    subject: str | None = None
    steps: list[Any]
    job_id: str | None = None
    owner_id: str | None = None
    started_at: dt.datetime
    completed_at: dt.datetime | None = None


@attrs.frozen(kw_only=True)
class WorkflowTurn:
    """Who of a team was given something last."""

    id: str
    team_id: str = attrs.field(metadata=stored(ref=ref("team", on_delete=CASCADE)))
    last_user_id: str


new_run_id = ids.prefixed_uuid("run_")

WORKFLOW: EntitySpec[Workflow] = entity(
    Workflow,
    name="workflow",
    new_id=ids.prefixed_uuid("wf_"),
    indexes=[("-created_at",), ("status", "trigger_event")],
    sort=("-created_at",),
    sortable=("name", "updated_at", "run_count", "last_run_at"),
)

WORKFLOW_RUN: EntitySpec[WorkflowRun] = entity(
    WorkflowRun,
    name="workflow_run",
    new_id=new_run_id,
    unique=[Unique(fields=("workflow_id", "event_id"), field="event", message="The workflow has run for this event")],
    indexes=[("workflow_id", "-started_at"), ("workflow_id", "status", "-started_at"), ("root_event_id",), ("completed_at",)],
    sort=("-started_at",),
    sortable=("completed_at",),
    events=False,
    audited=False,
    counted=False,
)

WORKFLOW_TURN: EntitySpec[WorkflowTurn] = entity(
    WorkflowTurn,
    name="workflow_turn",
    new_id=ids.sortable("turn_"),
    unique=[Unique(fields=("team_id",), field="teamId", message="The team's turn is kept already")],
    events=False,
    audited=False,
    counted=False,
)
