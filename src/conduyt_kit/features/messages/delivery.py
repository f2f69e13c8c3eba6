"""What a provider reports on a message it was given (A32), in whatever order its reports come."""

import datetime as dt
from typing import Any

from conduyt_kit.features.messages.entities import MESSAGE, Message
from conduyt_kit.features.messages.events import MessageDelivered
from conduyt_kit.features.messages.sending import fail
from conduyt_kit.features.messages.service import told
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.jobs import JobSpec, RetryLater
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.messages import StatusUpdate

APPLY_STATUS = "messages.apply_status"
"""The kind of the job that applies a report which came before its message was known by the provider's id."""

TRIES = 4
_RANK = {"queued": 0, "sent": 1, "delivered": 2, "failed": 2}


def find_workspace(environment: Environment, provider: str, provider_id: str) -> str | None:
    """Return the workspace of the message that a provider calls so, or ``None``."""
    for located in environment.storage.locate(MESSAGE, "provider_id", provider_id):
        if located.record.provider == provider and located.record.direction == "outbound":
            return located.workspace
    return None


def apply(unit: UnitOfWork, provider: str, update: StatusUpdate) -> None:
    """Take a report over. A report that is older than what is known, or of no message of this workspace, changes nothing."""
    messages = unit.repository(MESSAGE)
    found = messages.first_where(direction="outbound", provider=provider, provider_id=update.provider_id)
    if found is None:
        return
    message = messages.get_for_update(found.id)
    if _RANK.get(update.status, 0) <= _RANK[message.status]:
        return
    if update.status == "failed":
        fail(unit, message, update.reason or "The provider gives no reason")
        return
    changed: Message = messages.change(message, status=update.status, reason=None)
    if changed.status == "delivered":
        unit.emit(MessageDelivered(**told(changed, unit.now)))


def as_args(provider: str, update: StatusUpdate) -> dict[str, Any]:
    """Return a report as the arguments of its job."""
    return {"provider": provider, "provider_id": update.provider_id, "status": update.status, "reason": update.reason}


def apply_later(run: JobRun) -> None:
    """Apply a report once its message is known by the provider's id; give up quietly if it never is."""
    args = run.job.args
    workspace = find_workspace(run.environment, args["provider"], args["provider_id"])
    if workspace is not None:
        update = StatusUpdate(provider_id=args["provider_id"], status=args["status"], reason=args["reason"])
        with UnitOfWork(run.environment, Context(workspace=workspace, correlation_id=run.job.correlation_id or run.job.id)) as unit:
            apply(unit, args["provider"], update)
    elif run.job.attempt < TRIES:
        raise RetryLater("No message of this id is known yet", after=dt.timedelta(seconds=5 * run.job.attempt))


APPLY_STATUS_JOB = JobSpec(kind=APPLY_STATUS, run=apply_later, max_attempts=TRIES)
