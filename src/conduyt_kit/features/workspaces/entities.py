"""The workspace: one tenant and its settings."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

import attrs
from msgspec import Meta

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.money import to_scaled
from conduyt_kit.kernel.values import Currency, Name, Rule, TimeZone

Plan = Literal["starter", "standard", "premium", "enterprise"]
RATE_PLACES = 6


def _exact(value: Decimal) -> Decimal:
    try:
        to_scaled(value, RATE_PLACES)
    except ValueError:
        raise ValueError(f"Must have at most {RATE_PLACES} decimal places") from None
    return value


TaxRate = Annotated[Decimal, Meta(ge=0, le=1, description="Tax rate as a decimal, such as 0.0875 for 8.75%"), Rule("rate_places", _exact)]


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TimeOfDay = Annotated[str, Meta(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]


@attrs.frozen(kw_only=True)
class SendingWindow:
    """When sequences may send: from `start` until just before `end` on these days, in the workspace's time zone."""

    days: Annotated[list[Weekday], Meta(min_length=1)]
    start: TimeOfDay
    end: TimeOfDay


new_workspace_id = ids.sortable("ws_")


@attrs.frozen(kw_only=True)
class Workspace:
    """One tenant. Its record is the only one of its kind in the workspace whose id it has."""

    id: str
    name: Name
    plan: Plan = "starter"
    currency: Currency
    timezone: TimeZone
    default_tax_rate: TaxRate = attrs.field(default=Decimal(0), metadata=stored(places=RATE_PLACES))
    track_engagement: bool = False
    stop_sequences_on_reply: bool = False
    sending_window: SendingWindow | None = None
    installation: str = attrs.field(default="this", metadata=stored(hidden=True))
    """The same in every row: what `all_workspaces` looks for, since nothing else reads across workspaces."""
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


WORKSPACE: EntitySpec[Workspace] = entity(
    Workspace,
    name="workspace",
    new_id=new_workspace_id,
    locators=["installation"],
    sort=("created_at",),
    counted=False,
)
