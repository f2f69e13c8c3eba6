"""The use cases of workflows."""

from collections.abc import Mapping, Sequence
from typing import Any

from conduyt_kit.features.workflows.conditions import mistakes
from conduyt_kit.features.workflows.entities import WORKFLOW, Workflow
from conduyt_kit.features.workflows.registry import ACTIONS
from conduyt_kit.features.workflows.triggers import LISTENING
from conduyt_kit.kernel.errors import Conflict, Detail, ValidationFailed
from conduyt_kit.kernel.events import CUSTOM_PREFIX
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_FIRED_BY = ("trigger_event", "conditions")


class Workflows:
    """Workflows of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._workflows = unit.repository(WORKFLOW)

    def get(self, id: str) -> Workflow:
        """Return a workflow.

        Raises:
            NotFound: no such workflow.
        """
        return self._workflows.get(id)

    def create(
        self,
        *,
        name: str,
        trigger_event: str,
        actions: Sequence[Mapping[str, Any]],
        conditions: Mapping[str, Any] | None = None,
        description: str | None = None,
    ) -> Workflow:
        """Create a workflow; it is inactive (R151).

        Args:
            name: its name.
            trigger_event: an event of the catalogue, or one of ``custom.``.
            actions: at least one object of type, config and, where a failure must not stop the run, onError (R150).
            conditions: what must hold of the event; see `conditions` (R149).
            description: what it is for.

        Raises:
            ValidationFailed: an unknown event or action type, or conditions or configurations that do not fit.
        """
        self._check(trigger_event, conditions, actions)
        return self._workflows.create(
            name=name,
            description=description,
            trigger_event=trigger_event,
            conditions=dict(conditions) if conditions is not None else None,
            actions=[dict(action) for action in actions],
            owner_id=self._unit.context.actor.id,
        )

    def update(self, id: str, changes: Mapping[str, Any]) -> Workflow:
        """Change the given fields, never the status; runs that have started go on with the actions they started with (R152).

        Raises:
            NotFound: no such workflow.
            ValidationFailed: as for `create`.
        """
        workflow = self._workflows.get_for_update(id)
        wanted = dict(changes)
        self._check(
            wanted.get("trigger_event", workflow.trigger_event),
            wanted.get("conditions", workflow.conditions),
            wanted.get("actions", ()),
        )
        changed = self._workflows.change(workflow, **wanted, owner_id=self._unit.context.actor.id or workflow.owner_id)
        if changed.status == "active" and any(getattr(changed, name) != getattr(workflow, name) for name in _FIRED_BY):
            LISTENING.changed(self._unit)
        return changed

    def delete(self, id: str) -> None:
        """Delete an inactive workflow with its runs; those under way end where they are.

        Raises:
            NotFound: no such workflow.
            Conflict: it is active (R153).
        """
        workflow = self._workflows.get_for_update(id)
        if workflow.status == "active":
            raise Conflict("The workflow is active; deactivate it first")
        self._workflows.remove(workflow)

    def activate(self, id: str) -> Workflow:
        """Let a workflow fire on events from now on (R154).

        Raises:
            NotFound: no such workflow.
            Conflict: it is active.
            ValidationFailed: something it needs, an action's plugin for example, is no longer there.
        """
        workflow = self._workflows.get_for_update(id)
        if workflow.status == "active":
            raise Conflict("The workflow is active already")
        self._check(workflow.trigger_event, workflow.conditions, workflow.actions)
        owner = self._unit.context.actor.id or workflow.owner_id
        changed = self._workflows.change(workflow, status="active", activated_at=self._unit.now, owner_id=owner)
        LISTENING.changed(self._unit)
        return changed

    def deactivate(self, id: str) -> Workflow:
        """Let a workflow fire no more; runs that have started go on to their end (R155). Repeating it changes nothing.

        Raises:
            NotFound: no such workflow.
        """
        workflow = self._workflows.get_for_update(id)
        changed = self._workflows.change(workflow, status="inactive")
        if changed is not workflow:
            LISTENING.removed(self._unit)
        return changed

    def _check(self, event: str, conditions: Mapping[str, Any] | None, actions: Sequence[Mapping[str, Any]]) -> None:
        wrong = [*mistakes(conditions or {}, "trigger.conditions"), *self._unit.provider(ACTIONS).mistakes(actions)]
        if not self._unit.environment.events.knows(event):
            wrong.insert(0, Detail("trigger.event", f"Must be an event of GET /api/v1/events, or begin with {CUSTOM_PREFIX}"))
        if wrong:
            raise ValidationFailed.of(wrong)
