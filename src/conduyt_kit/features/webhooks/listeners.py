"""Which webhooks are told of an event: a delivery and a durable job for each, in one commit."""

from collections.abc import Iterable, Sequence

from conduyt_kit.extension.listening import Listening, listens
from conduyt_kit.features.webhooks.entities import WEBHOOK, WEBHOOK_DELIVERY, Webhook, WebhookDelivery
from conduyt_kit.features.webhooks.payloads import body_of
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.query import Compare, Op, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

DELIVER = "webhooks.deliver"


def patterns(unit: UnitOfWork) -> Iterable[str]:
    """Return the events that active webhooks are told of."""
    return (pattern for webhook in _active(unit) for pattern in webhook.events)


def tell(unit: UnitOfWork, events: Sequence[Happened], late: bool) -> None:
    """Enqueue the deliveries of these events to every active webhook that names them; found late, to those active by then (R77)."""
    pairs = [(webhook, event) for webhook in _active(unit) for event in events]
    deliver_missing(unit, [(webhook, event) for webhook, event in pairs if not late or event.occurred_at >= webhook.active_since])


def deliver_missing(unit: UnitOfWork, pairs: Sequence[tuple[Webhook, Happened]]) -> None:
    """Enqueue the deliveries of events to webhooks that name them, unless they exist."""
    wanted = [(webhook, event) for webhook, event in pairs if listens(webhook.events, event.name)]
    if not wanted:
        return
    about = Compare("event_id", Op.IN, list({event.id for _, event in wanted}))
    known = {(delivery.webhook_id, delivery.event_id) for delivery in unit.repository(WEBHOOK_DELIVERY).all(about)}
    for webhook, event in wanted:
        if (webhook.id, event.id) not in known:
            _deliver(unit, webhook, event)


def enqueue(unit: UnitOfWork, delivery: WebhookDelivery) -> None:
    """Enqueue the job of a delivery's round."""
    key = f"{delivery.event_id}:{delivery.webhook_id}:{delivery.round}"
    unit.enqueue(NewJob(kind=DELIVER, key=key, args={"webhook": delivery.webhook_id, "delivery": delivery.id, "round": delivery.round}))


def _deliver(unit: UnitOfWork, webhook: Webhook, event: Happened) -> None:
    delivery = unit.repository(WEBHOOK_DELIVERY).create(
        webhook_id=webhook.id,
        event_id=event.id,
        event_name=event.name,
        message_id=f"{event.id}_{webhook.id}",
        body=body_of(event, unit.context.workspace),
        next_attempt_at=unit.now,
    )
    enqueue(unit, delivery)


def _active(unit: UnitOfWork) -> tuple[Webhook, ...]:
    return unit.repository(WEBHOOK).all(where(active=True))


LISTENING = Listening(name="webhooks", patterns=patterns, tell=tell)
