"""The deal."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

import attrs
from msgspec import Meta

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import RESTRICT, SET_NULL, ref, stored
from conduyt_kit.kernel.money import round_half_up
from conduyt_kit.kernel.values import Currency, Name, Rule

DealStatus = Literal["open", "won", "lost"]

VALUE_PLACES = 4

Value = Annotated[
    Decimal,
    Meta(ge=0, le=1_000_000_000_000, description="Deal value, kept as given"),
    Rule("value", lambda value: round_half_up(value, VALUE_PLACES)),
]


@attrs.frozen(kw_only=True)
class Deal:
    """A deal. `value` is the number as given, never scaled (A11); `closed_at` is set while it is won or lost (R35)."""

    id: str
    name: Name
    value: Value = attrs.field(metadata=stored(places=VALUE_PLACES))
    currency: Currency
    pipeline_id: str = attrs.field(metadata=stored(ref=ref("pipeline", on_delete=RESTRICT)))
    stage_id: str = attrs.field(metadata=stored(ref=ref("stage", on_delete=RESTRICT)))
    probability: Decimal = attrs.field(metadata=stored(places=4))
    assigned_to: str | None = attrs.field(default=None, metadata=stored(ref=ref("user", on_delete=SET_NULL)))
    contact_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("contact", on_delete=SET_NULL, timeline=True)))
    company_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("company", on_delete=SET_NULL, timeline=True)))
    status: DealStatus = "open"
    expected_close_date: dt.date | None = None
    custom_fields: dict[str, Any] = attrs.field(factory=dict)
    closed_at: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


DEAL: EntitySpec[Deal] = entity(
    Deal,
    name="deal",
    new_id=ids.sortable("deal_"),
    indexes=[
        ("-updated_at",),
        ("pipeline_id", "-updated_at"),
        ("stage_id", "-updated_at"),
        ("assigned_to", "-updated_at"),
        ("status", "-updated_at"),
        ("status", "closed_at", "value"),
        ("pipeline_id", "status", "value"),
    ],
    sort=("-updated_at",),
    sortable=("name", "value", "created_at"),
)
