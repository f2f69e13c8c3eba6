"""Which automations an event starts: a run and a durable job for each, counted in the same commit."""

from collections.abc import Iterable, Sequence

import msgspec

from conduyt_kit.extension.listening import Listening, listens
from conduyt_kit.features.automations.entities import AUTOMATION, AUTOMATION_RUN, Automation
from conduyt_kit.kernel.encoding import timestamp
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.query import Compare, Op, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

CALL = "automations.call"


def active(unit: UnitOfWork) -> Sequence[Automation]:
    """Return the automations that may be started."""
    return unit.repository(AUTOMATION).all(where(active=True))


def patterns(unit: UnitOfWork) -> Iterable[str]:
    """Return the events that start active automations."""
    return (automation.trigger for automation in active(unit))


def tell(unit: UnitOfWork, events: Sequence[Happened], late: bool) -> None:
    """Start every active automation that these events trigger, unless it was; found late, those active by then."""
    wanted = [
        (automation.id, event)
        for automation in active(unit)
        for event in events
        if listens((automation.trigger,), event.name) and (not late or event.occurred_at >= automation.active_since)
    ]
    if not wanted:
        return
    about = Compare("event_id", Op.IN, list({event.id for _, event in wanted}))
    known = {(run.automation_id, run.event_id) for run in unit.repository(AUTOMATION_RUN).all(about)}
    for id, event in wanted:
        if (id, event.id) not in known:
            _start(unit, id, event)


def _start(unit: UnitOfWork, id: str, event: Happened) -> None:
    automations = unit.repository(AUTOMATION)
    automation = automations.get_for_update(id)
    run = unit.repository(AUTOMATION_RUN).create(
        automation_id=id,
        event_id=event.id,
        event_name=event.name,
        body=body_of(event, automation, unit.context.workspace),
        started_at=unit.now,
    )
    # Counting is no change that the audit trail should be full of.
    automations.update_where(where(id=id), run_count=automation.run_count + 1, last_triggered=unit.now)
    unit.enqueue(NewJob(kind=CALL, key=f"{event.id}:{id}", args={"run": run.id, "automation": id}))


def body_of(event: Happened, automation: Automation, workspace: str) -> str:
    """Return the JSON object that n8n's Webhook node is given; the payload of a custom event is its `data`, unchanged (R88)."""
    document = {
        "id": event.id,
        "type": event.name,
        "timestamp": timestamp(event.occurred_at),
        "workspaceId": workspace,
        "automationId": automation.id,
        "data": event.data,
    }
    return msgspec.json.encode(document).decode()


LISTENING = Listening(name="automations", patterns=patterns, tell=tell)
