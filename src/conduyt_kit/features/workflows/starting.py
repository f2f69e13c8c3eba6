"""From an event to runs: one run per matching workflow and event, with the job that carries it out, in one commit (R156)."""

from collections.abc import Sequence

from conduyt_kit.features.workflows.conditions import hold
from conduyt_kit.features.workflows.entities import WORKFLOW, WORKFLOW_RUN, Workflow, WorkflowRun, new_run_id
from conduyt_kit.features.workflows.facts import Facts, data_of
from conduyt_kit.features.workflows.settings import WorkflowSettings
from conduyt_kit.features.workflows.steps import RUN_JOB, new_steps, stopped_steps
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.query import Compare, Op, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class RunStarter:
    """Starts runs of a workspace's active workflows. Starting is idempotent: a workflow runs once per event."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._workflows = unit.repository(WORKFLOW)
        self._runs = unit.repository(WORKFLOW_RUN)

    def start_for(self, events: Sequence[Happened]) -> None:
        """Start a run of each active workflow for each event that it waits for and for which its conditions hold."""
        names = tuple({happened.name for happened in events})
        waiting = both(where(status="active"), Compare("trigger_event", Op.IN, names))
        # In the order of their ids, so that two units cannot block each other.
        for workflow in self._workflows.all(waiting, sort=("id",)):
            for happened in events:
                self.start(workflow, happened)

    def start(self, workflow: Workflow, happened: Happened) -> WorkflowRun | None:
        """Start a run of a workflow, if it waits for the event, its conditions hold, and there is none yet."""
        facts = Facts(self._unit, data_of(happened))
        if not _waits_for(workflow, happened) or not hold(workflow.conditions, facts):
            return None
        # Under the lock nobody else starts this run, changes the actions or deactivates the workflow.
        locked = self._workflows.get_for_update(workflow.id)
        if locked.updated_at != workflow.updated_at and not (_waits_for(locked, happened) and hold(locked.conditions, facts)):
            return None
        if self._runs.first_where(workflow_id=locked.id, event_id=happened.id) is not None:
            return None
        return self._start(locked, happened)

    def _start(self, workflow: Workflow, happened: Happened) -> WorkflowRun:
        chain = [*happened.causation, happened.id]
        reason = self._why_not(chain)
        steps = new_steps(workflow.actions) if reason is None else stopped_steps(workflow.actions, reason, self._unit.now)
        id = new_run_id()
        job = self._unit.enqueue(NewJob(kind=RUN_JOB, args={"run": id})) if reason is None else None
        run = self._runs.create(
            id=id,
            workflow_id=workflow.id,
            workflow_name=workflow.name,
            event_id=happened.id,
            root_event_id=chain[0],
            chain=chain,
            correlation_id=happened.correlation_id,
            trigger_event=happened.name,
            trigger_data=data_of(happened),
            subject=happened.entity_type,
            steps=steps,
            owner_id=workflow.owner_id,
            job_id=job.id if job else None,
            status="running" if reason is None else "failed",
            started_at=self._unit.now,
            completed_at=None if reason is None else self._unit.now,
        )
        self._workflows.update_where(where(id=workflow.id), run_count=workflow.run_count + 1, last_run_at=self._unit.now)
        return run

    def _why_not(self, chain: Sequence[str]) -> str | None:
        limits = self._unit.settings(WorkflowSettings)
        if len(chain) > limits.longest_chain:
            return f"Stopped: {limits.longest_chain} events led to one another through workflows; does this workflow cause its own trigger?"
        # Only what follows on other runs counts: an event of its own is the first of its chain.
        if len(chain) > 1 and self._runs.count(where(root_event_id=chain[0])) >= limits.most_runs_per_event:
            return f"Stopped: one event caused {limits.most_runs_per_event} runs by way of further events"
        return None


def _waits_for(workflow: Workflow, happened: Happened) -> bool:
    active_since = workflow.activated_at if workflow.status == "active" else None
    return workflow.trigger_event == happened.name and active_since is not None and active_since <= happened.occurred_at
