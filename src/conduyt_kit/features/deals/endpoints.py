"""The documented endpoints of deals, and the delete of X12."""

from typing import Any

import attrs

from conduyt_kit.features.deals.entities import DEAL
from conduyt_kit.features.deals.inputs import DealChanges, DealInput, DealQuery
from conduyt_kit.features.deals.service import Deals
from conduyt_kit.features.deals.views import DealDetail, DealSummary, detail, summary
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.query import where

SECTION = "Deals"
READ_ONLY = frozenset({"id", "closedAt", "pipeline", "stage", "contact", "company", "createdAt", "updatedAt"})


def list_deals(call: Call[DealQuery, None]) -> Listing:
    asked = {name: getattr(call.query, name) for name in ("pipeline_id", "stage_id", "assigned_to", "status")}
    return list_records(call, DEAL, summary, where(**{name: value for name, value in asked.items() if value is not None}))


def create_deal(call: Call[None, DealInput]) -> DealDetail:
    deals = call.unit[Deals]
    return detail(deals.get(deals.create(**attrs.asdict(call.body, recurse=False)).id))


def get_deal(call: Call[None, None]) -> DealDetail:
    return detail(call.unit[Deals].get(call.path["id"]))


def update_deal(call: Call[None, Any]) -> DealDetail:
    deals = call.unit[Deals]
    return detail(deals.get(deals.update(call.path["id"], given(call.body)).id))


def delete_deal(call: Call[None, None]) -> None:
    call.unit[Deals].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/deals",
        section=SECTION,
        summary="List all deals with optional filters, the last updated first.",
        operation=list_deals,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=DealSummary,
        query=DealQuery,
    ),
    Endpoint(
        method="POST",
        path="/deals",
        section=SECTION,
        summary="Create a new deal in a pipeline.",
        operation=create_deal,
        scope=Scope.WRITE,
        reply=DealDetail,
        status=201,
        body=DealInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/deals/:id",
        section=SECTION,
        summary="Retrieve a single deal by ID, including pipeline, stage, contact, and company details.",
        operation=get_deal,
        scope=Scope.READ,
        reply=DealDetail,
        errors=(404,),
        entity="deal",
    ),
    Endpoint(
        method="PATCH",
        path="/deals/:id",
        section=SECTION,
        summary="Update a deal. A new stageId moves it; status won or lost closes it.",
        operation=update_deal,
        scope=Scope.WRITE,
        reply=DealDetail,
        body=DealChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="deal",
    ),
    Endpoint(
        method="DELETE",
        path="/deals/:id",
        section=SECTION,
        summary="Delete a deal.",
        operation=delete_deal,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="deal",
    ),
)
