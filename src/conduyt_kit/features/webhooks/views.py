"""What the endpoints show."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import attrs

from conduyt_kit.features.webhooks.entities import DeliveryStatus, Webhook, WebhookDelivery
from conduyt_kit.features.webhooks.signing import MASKED


@attrs.frozen(kw_only=True)
class WebhookView:
    """A webhook; `secret` is whole in the answers to creation and rotation only (A26)."""

    id: str
    url: str
    events: list[str]
    active: bool
    secret: str
    created_at: dt.datetime
    last_delivery: dt.datetime | None
    last_status: int | None


@attrs.frozen(kw_only=True)
class DeliveryView:
    """A delivery and its latest attempt, at the time `at`."""

    id: str
    event_id: str
    event: str
    status: DeliveryStatus
    status_code: int | None
    response_time: int | None
    attempt: int
    error: str | None
    at: dt.datetime | None
    next_attempt_at: dt.datetime | None
    created_at: dt.datetime


@attrs.frozen(kw_only=True)
class SingleWebhookView(WebhookView):
    """A webhook with its latest deliveries, newest first (R78)."""

    deliveries: list[DeliveryView]


@attrs.frozen(kw_only=True)
class SingleDeliveryView(DeliveryView):
    """A delivery with what is sent and the latest exchanges, oldest first."""

    message_id: str
    body: str
    attempts: list[dict[str, Any]]


@attrs.frozen(kw_only=True)
class TestView:
    """The outcome of a test (R80)."""

    __test__ = False

    success: bool
    status_code: int
    response_time: int
    event: str


@attrs.frozen(kw_only=True)
class RedeliveryView:
    """What was accepted; the deliveries follow."""

    status: str


def view(webhook: Webhook, *, secret: str = MASKED) -> WebhookView:
    return WebhookView(**_shown(webhook, secret))


def single_view(webhook: Webhook, deliveries: Sequence[WebhookDelivery]) -> SingleWebhookView:
    return SingleWebhookView(**_shown(webhook, MASKED), deliveries=[delivery_view(delivery) for delivery in deliveries])


def delivery_view(delivery: WebhookDelivery) -> DeliveryView:
    return DeliveryView(**_delivered(delivery))


def single_delivery_view(delivery: WebhookDelivery) -> SingleDeliveryView:
    return SingleDeliveryView(**_delivered(delivery), message_id=delivery.message_id, body=delivery.body, attempts=list(delivery.attempts))


def _shown(webhook: Webhook, secret: str) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "active": webhook.active,
        "secret": secret,
        "created_at": webhook.created_at,
        "last_delivery": webhook.last_delivery,
        "last_status": webhook.last_status,
    }


def _delivered(delivery: WebhookDelivery) -> dict[str, Any]:
    same = ("id", "event_id", "status", "status_code", "response_time", "attempt", "error", "next_attempt_at", "created_at")
    return {name: getattr(delivery, name) for name in same} | {"event": delivery.event_name, "at": delivery.last_attempt_at}
