"""The use cases of runs: carrying them on one action at a time, reading them, and trying failed ones again."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.features.workflows import steps as step_list
from conduyt_kit.features.workflows.entities import WORKFLOW_RUN, WorkflowRun
from conduyt_kit.features.workflows.registry import ACTIONS
from conduyt_kit.features.workflows.steps import RUN_JOB
from conduyt_kit.kernel.changes import plain
from conduyt_kit.kernel.context import SCOPES_OF_ROLE, Scope
from conduyt_kit.kernel.errors import Conflict, Contention, LeaseLost, NotFound, PermissionDenied
from conduyt_kit.kernel.jobs import JOB, NewJob
from conduyt_kit.kernel.unit_of_work import UnitOfWork


@attrs.frozen(kw_only=True)
class Pending:
    """An action whose run has committed what it prepared and now waits for a call to another server."""

    number: int
    spec: ActionSpec
    prepared: Mapping[str, Any]


class ActionFailed(Exception):
    """The action with that number refused or broke; `error` is what it raised."""

    def __init__(self, number: int, error: Exception) -> None:
        super().__init__(f"action {number}: {error}")
        self.number = number
        self.error = error


class WorkflowRuns:
    """Runs of a workspace's workflows."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._runs = unit.repository(WORKFLOW_RUN)

    def get(self, workflow_id: str, id: str) -> WorkflowRun:
        """Return a run of a workflow.

        Raises:
            NotFound: the workflow has no such run.
        """
        return self._of(workflow_id, self._runs.get(id))

    def retry(self, workflow_id: str, id: str) -> WorkflowRun:
        """Carry a failed run on from the action that failed; what succeeded is not done again (X25).

        A run that nothing carries on any more, since its job was set aside, may be retried too. The current actor becomes the one
        whose rights the actions need.

        Raises:
            NotFound: the workflow has no such run.
            Conflict: it has succeeded, or is running.
        """
        run = self._of(workflow_id, self._runs.get_for_update(id))
        if run.status == "success":
            raise Conflict("The run has succeeded; there is nothing to retry")
        if run.status == "running" and self._is_carried_on(run):
            raise Conflict("The run is still running")
        owner = self._unit.context.actor.id or run.owner_id
        again = self._runs.change(run, status="running", completed_at=None, steps=step_list.again(run.steps), owner_id=owner)
        return self._enqueue(again, self._unit.now)

    def advance(self, id: str) -> Pending | bool:
        """Perform the next action of a run and record its result.

        A wait that begins here is a job of its own, due at its end (A40).

        Returns:
            Whether more is to be done now, or what is to be called for the action; after that see `succeed`.

        Raises:
            ActionFailed: the action refused or broke. Nothing of the unit may be committed then; see `fail`.
        """
        run = self._running(id)
        number = step_list.next_step(run.steps) if run else None
        if run is None or number is None or not self._may_begin(run, number):
            return False
        try:
            return self._perform(run, number)
        except (Contention, LeaseLost):
            raise
        except Exception as error:
            raise ActionFailed(number, error) from error

    def succeed(self, id: str, number: int, result: Mapping[str, Any]) -> bool:
        """Record the result of an action's call; return whether more is to be done now."""
        run = self._running(id)
        if run is None or step_list.next_step(run.steps) != number:
            return False
        return self._record(run, step_list.succeeded(run.steps, number, result, self._unit.now))

    def fail(self, id: str, number: int, error: str) -> bool:
        """Record that an action failed for good; return whether, by its policy, more is to be done now."""
        run = self._running(id)
        if run is None or step_list.next_step(run.steps) != number:
            return False
        return self._record(run, step_list.failed(run.steps, number, error, self._unit.now))

    def _perform(self, run: WorkflowRun, number: int) -> Pending | bool:
        step = run.steps[number]
        spec, config = self._unit.provider(ACTIONS).read(step)
        require_rights(self._unit, run.owner_id)
        if "prepared" in step:
            return Pending(number=number, spec=spec, prepared=step["prepared"])
        result = spec.run(self._unit, config, action_context(run.trigger_data, run.id, run.workflow_id, number))
        # A refusal must show before the progress is written.
        self._unit.flush()
        if spec.call is None:
            return self._record(run, step_list.succeeded(run.steps, number, result, self._unit.now))
        self._runs.change(run, steps=step_list.with_step(run.steps, number, prepared=plain(dict(result))))
        return Pending(number=number, spec=spec, prepared=dict(result))

    def _of(self, workflow_id: str, run: WorkflowRun) -> WorkflowRun:
        if run.workflow_id != workflow_id:
            raise NotFound.of("workflow_run", run.id)
        return run

    def _running(self, id: str) -> WorkflowRun | None:
        try:
            run = self._runs.get_for_update(id)
        except NotFound:
            return None
        return run if run.status == "running" else None

    def _is_carried_on(self, run: WorkflowRun) -> bool:
        job = self._unit.repository(JOB).find(run.job_id) if run.job_id else None
        return job is not None and job.state in ("queued", "running")

    def _may_begin(self, run: WorkflowRun, number: int) -> bool:
        step = run.steps[number]
        if "dueAt" in step:
            return dt.datetime.fromisoformat(step["dueAt"]) <= self._unit.now
        delay = step["config"].get("delay")
        if not delay or not isinstance(delay, int | float):
            return True
        due_at = self._unit.now + dt.timedelta(minutes=delay)
        waiting = self._runs.change(run, steps=step_list.with_step(run.steps, number, dueAt=due_at.isoformat()))
        self._enqueue(waiting, due_at)
        return False

    def _enqueue(self, run: WorkflowRun, due_at: dt.datetime) -> WorkflowRun:
        job = self._unit.enqueue(NewJob(kind=RUN_JOB, args={"run": run.id}, due_at=due_at))
        return self._runs.change(run, job_id=job.id)

    def _record(self, run: WorkflowRun, steps: list[dict[str, Any]]) -> bool:
        more = step_list.next_step(steps) is not None
        end: dict[str, Any] = {} if more else {"status": step_list.outcome(steps), "completed_at": self._unit.now}
        self._runs.change(run, steps=steps, **end)
        return more


def action_context(data: Mapping[str, Any], run_id: str, workflow_id: str, number: int) -> dict[str, Any]:
    """Return what an action is told of the event and its run."""
    return {**data, "run": {"id": run_id, "workflowId": workflow_id, "number": number}}


def require_rights(unit: UnitOfWork, owner_id: str | None) -> None:
    """Refuse actions whose owner may no longer do them; what a script or the system made has no owner.

    Raises:
        PermissionDenied: the owner is no longer an active user who may write.
    """
    users = unit.repository_named("user")
    if owner_id is None or users is None:
        return
    owner = users.find(owner_id)
    if owner is None or owner.status != "active":
        raise PermissionDenied("Whoever made this workflow is no longer an active user; let another user activate or change it")
    if Scope.WRITE not in SCOPES_OF_ROLE[owner.role]:
        raise PermissionDenied(f"{owner.name}, who made this workflow, may only read; let another user activate or change it")
