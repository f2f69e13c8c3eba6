"""What the endpoints take."""

import datetime as dt
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.deals.entities import DealStatus, Value
from conduyt_kit.features.pipelines.entities import Probability
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Currency, Id, Name


@attrs.frozen(kw_only=True)
class DealInput:
    """A new deal. Currency and probability default to the workspace's and the stage's (A11, A22)."""

    name: Name
    value: Value
    pipeline_id: Id
    stage_id: Id
    contact_id: Id | None = None
    company_id: Id | None = None
    assigned_to: Id | None = None
    expected_close_date: Annotated[dt.date, Meta(description="Expected close date (YYYY-MM-DD)")] | None = None
    custom_fields: Annotated[dict[str, Any], Meta(description="Values of custom fields by key")] = attrs.field(factory=dict)
    currency: Currency | None = None
    probability: Probability | None = None
    status: DealStatus | None = None


DealChanges = patch_of(DealInput)


@attrs.frozen(kw_only=True)
class DealQuery(PageQuery):
    pipeline_id: Annotated[str, Meta(description="Filter by pipeline ID")] | None = None
    stage_id: Annotated[str, Meta(description="Filter by stage ID")] | None = None
    assigned_to: Annotated[str, Meta(description="Filter by assigned user ID")] | None = None
    status: Annotated[DealStatus, Meta(description="Filter by status: open, won, lost")] | None = None
