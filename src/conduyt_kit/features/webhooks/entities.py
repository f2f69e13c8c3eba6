"""The webhook, and the delivery of one event to it."""

import datetime as dt
from typing import Any, Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored

DeliveryStatus = Literal["pending", "delivered", "failed", "dropped"]
"""``failed`` after the last attempt; ``dropped`` where the webhook was inactive when an attempt was due."""


@attrs.frozen(kw_only=True)
class Webhook:
    """A receiver and the events it is told of.

    `failing_since` is when the first of nothing but failures was; a success clears it.
    """

    id: str
    url: str
    events: list[str]
    active: bool = True
    active_since: dt.datetime = attrs.field(metadata=stored(hidden=True))
    signing_secret: str = attrs.field(metadata=stored(secret=True))
    previous_signing_secret: str | None = attrs.field(default=None, metadata=stored(secret=True))
    previous_until: dt.datetime | None = attrs.field(default=None, metadata=stored(hidden=True))
    last_delivery: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    last_status: int | None = attrs.field(default=None, metadata=stored(read_only=True))
    failing_since: dt.datetime | None = attrs.field(default=None, metadata=stored(hidden=True))
    disabled_reason: str | None = attrs.field(default=None, metadata=stored(read_only=True))
    created_by: str | None = attrs.field(default=None, metadata=stored(read_only=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


WEBHOOK: EntitySpec[Webhook] = entity(
    Webhook,
    name="webhook",
    new_id=ids.sortable("wh_"),
    indexes=[("created_at",), ("active",)],
    sort=("created_at",),
    events=False,
)


@attrs.frozen(kw_only=True)
class WebhookDelivery:
    """One event for one webhook: what is sent, and what became of it.

    `message_id` and `body` are the same in every attempt. `attempt` counts within a `round`; each redelivery begins a new one.
    `attempts` keeps the latest exchanges.
    """

    id: str
    webhook_id: str = attrs.field(metadata=stored(ref=ref("webhook", on_delete=CASCADE)))
    event_id: str
    event_name: str
    message_id: str
    body: str
    status: DeliveryStatus = "pending"
    round: int = 1
    attempt: int = 0
    attempts: list[dict[str, Any]] = attrs.field(factory=list)
    status_code: int | None = None
    response_time: int | None = None
    error: str | None = None
    next_attempt_at: dt.datetime | None = None
    last_attempt_at: dt.datetime | None = None
    created_at: dt.datetime


WEBHOOK_DELIVERY: EntitySpec[WebhookDelivery] = entity(
    WebhookDelivery,
    name="webhook_delivery",
    plural="webhook_deliveries",
    new_id=ids.sortable("whd_"),
    unique=[Unique(fields=("webhook_id", "event_id"), field="eventId", message="This event is being delivered to this webhook already")],
    indexes=[("webhook_id", "-created_at"), ("webhook_id", "status", "-created_at"), ("event_id",), ("created_at",)],
    sort=("-created_at",),
    events=False,
    audited=False,
    counted=False,
)
