"""Delivering everything since a time again: what was delivered or failed, and what happened while nobody was told."""

import datetime as dt
from collections.abc import Iterable, Sequence

from conduyt_kit.extension.listening import Listening, tell_again
from conduyt_kit.features.webhooks.entities import WEBHOOK, WEBHOOK_DELIVERY, Webhook
from conduyt_kit.features.webhooks.listeners import deliver_missing
from conduyt_kit.features.webhooks.service import Webhooks
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.query import AnyOf, Compare, Op, Where, both, where
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork

REDELIVER = "webhooks.redeliver"

_CHUNK = 100


def _run(run: JobRun) -> None:
    """Begin a round for every delivery as it was when this was asked for, then tell of the events that have none.

    Each chunk takes what has not begun its new round yet, so a second run goes on where a first one was cut off.
    """
    since, until = dt.datetime.fromisoformat(run.job.args["since"]), run.job.created_at
    while _begin_rounds(run, since, until):
        pass
    tell_again(run, _only(run.job.args["webhook"]), since=since, until=until)


def _only(webhook_id: str) -> Listening:
    """Return a listening of one webhook alone, for whatever it names now."""

    def found(unit: UnitOfWork) -> tuple[Webhook, ...]:
        return unit.repository(WEBHOOK).all(where(id=webhook_id, active=True))

    def patterns(unit: UnitOfWork) -> Iterable[str]:
        return (pattern for webhook in found(unit) for pattern in webhook.events)

    def tell(unit: UnitOfWork, events: Sequence[Happened], _: bool) -> None:
        deliver_missing(unit, [(webhook, event) for webhook in found(unit) for event in events])

    return Listening(name="webhooks", patterns=patterns, tell=tell)


def _begin_rounds(run: JobRun, since: dt.datetime, until: dt.datetime) -> bool:
    with run.unit_of_work() as unit:
        webhook = unit.repository(WEBHOOK).find(run.job.args["webhook"])
        if webhook is None or not webhook.active:
            return False
        deliveries = unit.repository(WEBHOOK_DELIVERY)
        found = deliveries.all(_wanted(run, since, until), sort=("created_at",), limit=_CHUNK)
        for delivery in found:
            unit[Webhooks].begin_round(deliveries.get_for_update(delivery.id))
        return len(found) == _CHUNK


def _wanted(run: JobRun, since: dt.datetime, until: dt.datetime) -> Where:
    ended = ["failed", "dropped"] if run.job.args["onlyFailed"] else ["delivered", "failed", "dropped"]
    return both(
        where(webhook_id=run.job.args["webhook"]),
        Compare("status", Op.IN, ended),
        Compare("created_at", Op.GE, since),
        Compare("created_at", Op.LE, until),
        # What has had an attempt since then has had its new round.
        AnyOf((Compare("last_attempt_at", Op.EQ, None), Compare("last_attempt_at", Op.LE, until))),
    )


REDELIVERY_JOB = JobSpec(kind=REDELIVER, run=_run)
