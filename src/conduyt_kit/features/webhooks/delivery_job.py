"""The job that delivers one event to one webhook.

An attempt is counted before the request and its outcome written after it, in two units of work, since no transaction may wait for a
receiver. A worker that dies in between leads to one more request with the same id.
"""

import datetime as dt

import attrs

from conduyt_kit.features.webhooks.entities import WEBHOOK, WEBHOOK_DELIVERY, Webhook, WebhookDelivery
from conduyt_kit.features.webhooks.exchanges import MOST_KEPT, Exchange, exchange
from conduyt_kit.features.webhooks.listeners import DELIVER
from conduyt_kit.features.webhooks.retries import DEAD_AFTER, MOST_ATTEMPTS, asked_wait, wait_after
from conduyt_kit.features.webhooks.service import Webhooks
from conduyt_kit.kernel.errors import NotFound, Temporary
from conduyt_kit.kernel.jobs import JobSpec, RetryLater
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.outgoing_http import OUTGOING_HTTP

_GONE = 410


@attrs.frozen(kw_only=True)
class _Attempt:
    delivery: WebhookDelivery
    webhook: Webhook


def _run(run: JobRun) -> None:
    http = run.environment.providers.provider(OUTGOING_HTTP)
    try:
        with http.turn(run.workspace, run.job.args["webhook"]):
            attempt = _begin(run)
            if attempt is None:
                return
            at, message_id, body = run.environment.clock.now(), attempt.delivery.message_id, attempt.delivery.body.encode()
            found = exchange(http, attempt.webhook, message_id=message_id, body=body, at=at)
    except Temporary as busy:
        # Not an attempt: nothing was sent.
        raise RetryLater(busy.message, after=dt.timedelta(seconds=busy.retry_after or 1)) from busy
    wait = _end(run, attempt, found)
    if wait is not None:
        raise RetryLater(found.problem or "", after=wait)


def _is_due(delivery: WebhookDelivery, run: JobRun) -> bool:
    return delivery.status == "pending" and delivery.round == run.job.args["round"]


def _begin(run: JobRun) -> _Attempt | None:
    """Count an attempt, with the webhook as it is at this moment; ``None`` where nothing is to be sent any more (R77, R79)."""
    with run.unit_of_work() as unit:
        deliveries = unit.repository(WEBHOOK_DELIVERY)
        try:
            delivery = deliveries.get_for_update(run.job.args["delivery"])
        except NotFound:
            return None
        webhook = unit.repository(WEBHOOK).find(delivery.webhook_id)
        if webhook is None or not _is_due(delivery, run):
            return None
        if not webhook.active:
            deliveries.change(delivery, status="dropped", error="The webhook was inactive", next_attempt_at=None)
            return None
        if delivery.attempt >= MOST_ATTEMPTS:
            deliveries.change(delivery, status="failed", error="The worker died during the last attempt", next_attempt_at=None)
            return None
        return _Attempt(delivery=deliveries.change(delivery, attempt=delivery.attempt + 1, next_attempt_at=None), webhook=webhook)


def _end(run: JobRun, attempt: _Attempt, found: Exchange) -> dt.timedelta | None:
    """Write what came of an attempt; return the wait before the next, ``None`` where there is none."""
    asked = asked_wait(found.reply.headers, found.at) if found.reply is not None else None
    gone = found.status_code == _GONE
    wait = None if found.succeeded or gone else wait_after(attempt.delivery.attempt, asked)
    with run.unit_of_work(finishes=wait is None) as unit:
        try:
            # In this order, which is the one of a deletion.
            webhook = unit.repository(WEBHOOK).get_for_update(attempt.webhook.id)
            delivery = unit.repository(WEBHOOK_DELIVERY).get_for_update(attempt.delivery.id)
        except NotFound:
            # Deleted while the request was under way.
            return None
        if delivery.round == attempt.delivery.round:
            _log(unit, delivery, found, wait)
        if webhook.url == attempt.webhook.url:
            _note(unit, webhook, found)
    return wait


def _log(unit: UnitOfWork, delivery: WebhookDelivery, found: Exchange, wait: dt.timedelta | None) -> None:
    unit.repository(WEBHOOK_DELIVERY).change(
        delivery,
        status="delivered" if found.succeeded else "failed" if wait is None else "pending",
        attempts=[*delivery.attempts, found.entry(delivery.attempt)][-MOST_KEPT:],
        status_code=found.status_code,
        response_time=found.reply.duration if found.reply else None,
        error=found.problem,
        last_attempt_at=found.at,
        next_attempt_at=None if wait is None else unit.now + wait,
    )


def _note(unit: UnitOfWork, webhook: Webhook, found: Exchange) -> None:
    failing_since = None if found.succeeded else webhook.failing_since or found.at
    latest = {"last_delivery": found.at, "last_status": found.status_code, "failing_since": failing_since}
    unit.repository(WEBHOOK).update_where(where(id=webhook.id), **latest)
    if found.status_code == _GONE:
        unit[Webhooks].disable(webhook.id, "The receiver answered that it is gone (410)")
    elif failing_since is not None and found.at - failing_since >= DEAD_AFTER:
        unit[Webhooks].disable(webhook.id, f"Nothing but failures for {DEAD_AFTER.days} days")


DELIVERY_JOB = JobSpec(kind=DELIVER, run=_run, max_attempts=200)
"""The delivery counts its own attempts; the job is claimed more often than that where it has to wait for its turn."""
