"""What the endpoints show."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs

from conduyt_kit.features.deals.entities import Deal, DealStatus
from conduyt_kit.features.pipelines import StageView, stage_view
from conduyt_kit.kernel.query import Loaded

EMBEDDED = ("pipeline_id", "stage_id", "contact_id", "company_id")
"""The references whose records a single deal shows (R33)."""


@attrs.frozen(kw_only=True)
class DealSummary:
    """A deal in a list."""

    id: str
    name: str
    value: Decimal
    currency: str
    pipeline_id: str
    stage_id: str
    probability: Decimal
    assigned_to: str | None
    contact_id: str | None
    company_id: str | None
    status: DealStatus
    expected_close_date: dt.date | None
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class NamedRecord:
    id: str
    name: str


@attrs.frozen(kw_only=True)
class DealContact:
    id: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None


@attrs.frozen(kw_only=True)
class DealDetail(DealSummary):
    """A single deal, with what it belongs to; null where unset (R33)."""

    closed_at: dt.datetime | None
    pipeline: NamedRecord | None
    stage: StageView | None
    contact: DealContact | None
    company: NamedRecord | None
    custom_fields: dict[str, Any]


def _shared(deal: Deal) -> dict[str, Any]:
    return {field.name: getattr(deal, field.name) for field in attrs.fields(DealSummary)}


def summary(found: Loaded[Deal]) -> DealSummary:
    return DealSummary(**_shared(found.record))


def detail(found: Loaded[Deal]) -> DealDetail:
    deal, related = found.record, found.related
    stage, contact = related.get("stage_id"), related.get("contact_id")
    return DealDetail(
        **_shared(deal),
        closed_at=deal.closed_at,
        pipeline=_named(related.get("pipeline_id")),
        stage=stage_view(stage) if stage else None,
        contact=DealContact(
            id=contact.id, first_name=contact.first_name, last_name=contact.last_name, email=contact.email, phone=contact.phone
        )
        if contact
        else None,
        company=_named(related.get("company_id")),
        custom_fields=deal.custom_fields,
    )


def _named(record: Any) -> NamedRecord | None:
    return None if record is None else NamedRecord(id=record.id, name=record.name)
