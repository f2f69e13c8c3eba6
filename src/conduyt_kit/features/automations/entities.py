"""The automation, and one run of it."""

import datetime as dt
from typing import Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from conduyt_kit.kernel.values import Name

RunStatus = Literal["running", "success", "failed"]


@attrs.frozen(kw_only=True)
class Automation:
    """An n8n webhook that is called when the event `trigger` happens; `run_count` and `last_triggered` count what began (R85)."""

    id: str
    name: Name
    trigger: str
    webhook_url: str
    active: bool = True
    active_since: dt.datetime = attrs.field(metadata=stored(hidden=True))
    last_triggered: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    run_count: int = attrs.field(default=0, metadata=stored(read_only=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


AUTOMATION: EntitySpec[Automation] = entity(
    Automation,
    name="automation",
    new_id=ids.sortable("auto_"),
    indexes=[("created_at",), ("active",)],
    sort=("created_at",),
    events=False,
)


@attrs.frozen(kw_only=True)
class AutomationRun:
    """One call of an automation for one event: what is sent, and what became of it."""

    id: str
    automation_id: str = attrs.field(metadata=stored(ref=ref("automation", on_delete=CASCADE)))
    event_id: str
    event_name: str
    body: str
    status: RunStatus = "running"
    attempt: int = 0
    status_code: int | None = None
    response_body: str | None = None
    error: str | None = None
    started_at: dt.datetime
    completed_at: dt.datetime | None = None
    duration_ms: int | None = None


AUTOMATION_RUN: EntitySpec[AutomationRun] = entity(
    AutomationRun,
    name="automation_run",
    new_id=ids.prefixed_uuid("run_"),
    unique=[Unique(fields=("automation_id", "event_id"), field="eventId", message="This event has started this automation already")],
    indexes=[("automation_id", "-started_at"), ("event_id",), ("started_at",)],
    sort=("-started_at",),
    events=False,
    audited=False,
    counted=False,
)
