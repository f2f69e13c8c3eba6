"""What the endpoints show."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from conduyt_kit.features.pipelines.entities import Pipeline, Stage
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class StageView:
    id: str
    name: str
    order: int
    probability: Decimal


@attrs.frozen(kw_only=True)
class PipelineSummary:
    """A pipeline in a list; the numbers are computed, those of deals over open deals only (A21)."""

    id: str
    name: str
    stage_count: int
    deal_count: int
    total_value: Decimal
    created_at: dt.datetime


@attrs.frozen(kw_only=True)
class PipelineDetail(PipelineSummary):
    """A single pipeline (R38)."""

    stages: list[StageView]
    settings: dict[str, Any]


@attrs.frozen(kw_only=True)
class OpenDeals:
    """How many open deals a pipeline has, and their summed value."""

    count: int = 0
    value: Decimal = Decimal(0)


def stage_view(stage: Stage) -> StageView:
    return StageView(id=stage.id, name=stage.name, order=stage.position, probability=stage.probability)


def summary(found: Loaded[Pipeline], deals: Mapping[str, OpenDeals]) -> PipelineSummary:
    pipeline, open_deals = found.record, deals.get(found.record.id, OpenDeals())
    return PipelineSummary(
        id=pipeline.id,
        name=pipeline.name,
        stage_count=found.counts["stages"],
        deal_count=open_deals.count,
        total_value=open_deals.value,
        created_at=pipeline.created_at,
    )


def detail(found: Loaded[Pipeline], deals: Mapping[str, OpenDeals]) -> PipelineDetail:
    pipeline, open_deals = found.record, deals.get(found.record.id, OpenDeals())
    stages = [stage_view(stage) for stage in found.related["stages"]]
    return PipelineDetail(
        id=pipeline.id,
        name=pipeline.name,
        stage_count=len(stages),
        deal_count=open_deals.count,
        total_value=open_deals.value,
        created_at=pipeline.created_at,
        stages=stages,
        settings=pipeline.settings,
    )
