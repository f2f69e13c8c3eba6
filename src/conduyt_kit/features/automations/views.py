"""What the endpoints show."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import attrs

from conduyt_kit.features.automations.entities import Automation, AutomationRun, RunStatus

_SHOWN = ("id", "name", "trigger", "webhook_url", "active", "last_triggered", "run_count")


@attrs.frozen(kw_only=True)
class AutomationView:
    id: str
    name: str
    trigger: str
    webhook_url: str
    active: bool
    last_triggered: dt.datetime | None
    run_count: int


@attrs.frozen(kw_only=True)
class RunView:
    """One run; `error` says what went wrong in the latest attempt."""

    id: str
    event_id: str
    event: str
    status: RunStatus
    attempt: int
    status_code: int | None
    response_body: str | None
    error: str | None
    started_at: dt.datetime
    completed_at: dt.datetime | None
    duration_ms: int | None


@attrs.frozen(kw_only=True)
class SingleAutomationView(AutomationView):
    """An automation with its latest runs, newest first (R86)."""

    runs: list[RunView]


@attrs.frozen(kw_only=True)
class CustomEventView:
    """What became of a custom event: how many automations it starts (A17)."""

    event: str
    status: str
    triggered: int


def view(automation: Automation) -> AutomationView:
    return AutomationView(**_of(automation))


def single_view(automation: Automation, runs: Sequence[AutomationRun]) -> SingleAutomationView:
    return SingleAutomationView(**_of(automation), runs=[run_view(run) for run in runs])


def run_view(run: AutomationRun) -> RunView:
    same = {field.name: getattr(run, field.name) for field in attrs.fields(RunView) if field.name != "event"}
    return RunView(**same, event=run.event_name)


def _of(automation: Automation) -> dict[str, Any]:
    return {name: getattr(automation, name) for name in _SHOWN}
