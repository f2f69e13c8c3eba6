"""The use cases of automations."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from conduyt_kit.extension.listening import listens
from conduyt_kit.features.automations.entities import AUTOMATION, AUTOMATION_RUN, Automation, AutomationRun
from conduyt_kit.features.automations.listeners import LISTENING, active
from conduyt_kit.kernel.errors import Conflict, ValidationFailed
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.outgoing_http import OUTGOING_HTTP

MOST_AUTOMATIONS = 1000
"""Per workspace: each may be called for every event."""

_SHOWN_RUNS = 50
_CUSTOM = re.compile(r"custom\.[A-Za-z0-9_.:-]+")


class Automations:
    """Automations of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._automations = unit.repository(AUTOMATION)

    def get(self, id: str) -> Automation:
        """Return an automation.

        Raises:
            NotFound: no such automation.
        """
        return self._automations.get(id)

    def all(self) -> Sequence[Automation]:
        """Return all automations, oldest first."""
        return self._automations.all()

    def latest_runs(self, id: str) -> Sequence[AutomationRun]:
        """Return the latest runs of an automation, newest first (R86)."""
        return self._unit.repository(AUTOMATION_RUN).all(where(automation_id=id), limit=_SHOWN_RUNS)

    def create(self, *, name: str, trigger: str, webhook_url: str, active: bool = True) -> Automation:
        """Make an automation (R85).

        Raises:
            ValidationFailed: the trigger is no event, or the address is not one that may be called.
            Conflict: the workspace has as many automations as it may have.
        """
        self._require_trigger(trigger)
        self._require_url(webhook_url)
        self._unit.lock("automations")
        if self._automations.count() >= MOST_AUTOMATIONS:
            raise Conflict(f"A workspace has at most {MOST_AUTOMATIONS} automations; delete one first")
        if active:
            LISTENING.changed(self._unit)
        return self._automations.create(name=name, trigger=trigger, webhook_url=webhook_url, active=active, active_since=self._unit.now)

    def update(self, id: str, changes: Mapping[str, Any]) -> Automation:
        """Change the given fields; calls that wait for a retry go to the address as it is then (X21).

        Raises:
            NotFound: no such automation.
            ValidationFailed: as for `create`.
        """
        wanted = dict(changes)
        if "trigger" in wanted:
            self._require_trigger(wanted["trigger"])
        if "webhook_url" in wanted:
            self._require_url(wanted["webhook_url"])
        automation = self._automations.get_for_update(id)
        if wanted.get("active") and not automation.active:
            wanted["active_since"] = self._unit.now
        changed = self._automations.change(automation, **wanted)
        (LISTENING.changed if changed.active else LISTENING.removed)(self._unit)
        return changed

    def delete(self, id: str) -> None:
        """Delete an automation with its runs; calls that wait for a retry find nothing to do (X21).

        Raises:
            NotFound: no such automation.
        """
        automation = self._automations.get_for_update(id)
        LISTENING.removed(self._unit)
        self._unit.repository(AUTOMATION_RUN).delete_where(where(automation_id=automation.id))
        self._automations.remove(automation)

    def fire(self, event: str, payload: Mapping[str, Any]) -> int:
        """Record a custom event, for automations, webhooks and workflows alike; return how many automations it starts (R87, A25).

        Raises:
            ValidationFailed: the name is one of the built-in events, or does not begin with ``custom.``.
        """
        if event in self._unit.environment.events.specs:
            raise ValidationFailed.on("event", "Is a built-in event, which only happens by itself")
        if not _CUSTOM.fullmatch(event):
            raise ValidationFailed.on("event", "Must be custom. and a name of letters, digits, _ . : and -")
        self._unit.record_event(event, payload)
        return sum(listens((automation.trigger,), event) for automation in active(self._unit))

    def _require_url(self, url: str) -> None:
        try:
            self._unit.provider(OUTGOING_HTTP).check(url)
        except ValueError as error:
            raise ValidationFailed.on("webhookUrl", str(error)) from error

    def _require_trigger(self, trigger: str) -> None:
        if not self._unit.environment.events.knows(trigger):
            raise ValidationFailed.on("trigger", "Is no event; GET /events lists them")
