"""What deals tell beside created, updated and deleted."""

from decimal import Decimal
from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class DealEvent(Event):
    """What all of them carry (A25)."""

    entity: ClassVar[str | None] = "deal"

    deal_id: str
    deal_name: str
    deal_value: Decimal
    currency: str
    contact_id: str | None
    company_id: str | None
    pipeline_id: str
    stage_id: str
    assigned_to: str | None


@attrs.frozen(kw_only=True)
class DealStageChanged(DealEvent):
    name: ClassVar[str] = "deal.stage_changed"
    description: ClassVar[str] = "A deal came into another stage."

    previous_stage: str
    new_stage: str
    stage_name: str
    previous_stage_id: str


@attrs.frozen(kw_only=True)
class DealWon(DealEvent):
    name: ClassVar[str] = "deal.won"
    description: ClassVar[str] = "A deal was won."


@attrs.frozen(kw_only=True)
class DealLost(DealEvent):
    name: ClassVar[str] = "deal.lost"
    description: ClassVar[str] = "A deal was lost."
