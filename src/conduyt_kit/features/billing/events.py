"""What billing tells."""

import datetime as dt
from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class SubscriptionChanged(Event):
    name: ClassVar[str] = "subscription.changed"
    description: ClassVar[str] = "The workspace's subscription began, changed, was renewed or ended."

    plan: str | None = attrs.field(metadata={"description": "starter, standard, premium or enterprise"})
    status: str = attrs.field(metadata={"description": "trialing, active, past_due, canceled or none"})
    interval: str | None = attrs.field(metadata={"description": "monthly or annual"})
    current_period_end: dt.datetime | None = attrs.field(metadata={"description": "when it is renewed or ends"})
    cancels_at_end: bool = attrs.field(metadata={"description": "whether it ends then"})
