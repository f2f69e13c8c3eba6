"""What the endpoints take."""

import datetime as dt
from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.webhooks.entities import DeliveryStatus
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Timestamp

EventNames = Annotated[
    list[Annotated[str, Meta(max_length=200)]], Meta(min_length=1, max_length=500, description="Array of event names to subscribe to")
]


@attrs.frozen(kw_only=True)
class WebhookInput:
    """A new webhook; it begins to be told at once."""

    url: Annotated[str, Meta(max_length=2000, description="HTTPS endpoint URL")]
    events: EventNames
    active: Annotated[bool, Meta(description="Whether the webhook is active (default: true)")] = True


WebhookChanges = patch_of(WebhookInput)


@attrs.frozen(kw_only=True)
class DeliveryQuery(PageQuery):
    status: Annotated[DeliveryStatus, Meta(description="Filter: pending, delivered, failed, dropped")] | None = None
    event: Annotated[str, Meta(description="Filter by event name")] | None = None


@attrs.frozen(kw_only=True)
class RedeliverInput:
    """Which deliveries to repeat."""

    since: Annotated[Timestamp, Meta(description="Everything that happened since this time")]
    only_failed: Annotated[bool, Meta(description="Leave out what was delivered (default: false)")] = False

    @property
    def text(self) -> str:
        """Return the time as a job's arguments carry it."""
        return self.since.astimezone(dt.UTC).isoformat()
