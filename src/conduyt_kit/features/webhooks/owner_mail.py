"""The mail that tells who made a webhook that it was switched off."""

from collections.abc import Sequence
from typing import Any

from conduyt_kit.features.webhooks.entities import Webhook
from conduyt_kit.kernel.errors import Rejected
from conduyt_kit.kernel.jobs import GiveUp, JobSpec, NewJob
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.messages import EMAIL_CHANNEL, OutgoingMessage

TELL_OWNER = "webhooks.tell_owner"


def tell_owners(unit: UnitOfWork, webhook: Webhook, reason: str) -> None:
    """Enqueue a mail to whoever made the webhook; to the admins where that is nobody, or nobody who still works here."""
    for user in _owners(unit, webhook):
        unit.enqueue(NewJob(kind=TELL_OWNER, args={"to": user.email, "name": user.name, "url": webhook.url, "reason": reason}))


def _owners(unit: UnitOfWork, webhook: Webhook) -> Sequence[Any]:
    users = unit.repository_named("user")
    if users is None:
        return ()
    maker = users.find(webhook.created_by) if webhook.created_by else None
    if maker is not None and maker.status == "active":
        return (maker,)
    return users.all(where(role="admin", status="active"), limit=20)


def _send(run: JobRun) -> None:
    args = run.job.args
    text = (
        f"Hello {args['name']},\n\nthe webhook to\n\n{args['url']}\n\nwas switched off: {args['reason']}.\n\n"
        "No events are sent to it any more. Once the receiver works again, set active to true, and ask for what it missed with\n"
        "POST /api/v1/webhooks/:id/redeliver.\n"
    )
    sender = run.environment.settings.section(KitSettings).mail_from
    message = OutgoingMessage(id=run.job.id, to=args["to"], sender=sender, subject="A webhook was switched off", text=text)
    try:
        run.environment.providers.provider(EMAIL_CHANNEL).send(message)
    except Rejected as error:
        raise GiveUp(error.message) from error


TELL_OWNER_JOB = JobSpec(kind=TELL_OWNER, run=_send)
