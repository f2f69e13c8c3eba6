"""Pipelines: the stages that deals pass through."""

from conduyt_kit.features.pipelines.entities import PIPELINE, STAGE, Pipeline, Stage
from conduyt_kit.features.pipelines.service import Pipelines
from conduyt_kit.features.pipelines.views import StageView, stage_view

__all__ = ["PIPELINE", "STAGE", "Pipeline", "Pipelines", "Stage", "StageView", "stage_view"]
