"""The documented endpoints of pipelines, and the deletes of X12."""

from typing import Any

import attrs

from conduyt_kit.features.pipelines.entities import PIPELINE
from conduyt_kit.features.pipelines.inputs import PipelineChanges, PipelineInput, StageChanges, StageInput
from conduyt_kit.features.pipelines.service import Pipelines
from conduyt_kit.features.pipelines.views import PipelineDetail, PipelineSummary, StageView, detail, stage_view, summary
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records

SECTION = "Pipelines"
READ_ONLY = frozenset({"id", "stageCount", "dealCount", "totalValue", "stages", "createdAt", "updatedAt"})


def list_pipelines(call: Call[PageQuery, None]) -> Listing:
    found = list_records(call, PIPELINE, lambda item: item, counts=("stages",))
    deals = call.unit[Pipelines].open_deals([item.record.id for item in found.items])
    return attrs.evolve(found, items=[summary(item, deals) for item in found.items])


def show(call: Call[Any, Any], id: str) -> PipelineDetail:
    pipelines = call.unit[Pipelines]
    found = pipelines.get(id)
    return detail(found, pipelines.open_deals([found.record.id]))


def create_pipeline(call: Call[None, PipelineInput]) -> PipelineDetail:
    body = call.body
    stages = [attrs.asdict(stage, recurse=False) for stage in body.stages]
    return show(call, call.unit[Pipelines].create(name=body.name, stages=stages, settings=body.settings).id)


def get_pipeline(call: Call[None, None]) -> PipelineDetail:
    return show(call, call.path["id"])


def update_pipeline(call: Call[None, Any]) -> PipelineDetail:
    return show(call, call.unit[Pipelines].update(call.path["id"], given(call.body)).id)


def delete_pipeline(call: Call[None, None]) -> None:
    call.unit[Pipelines].delete(call.path["id"])


def list_stages(call: Call[None, None]) -> list[StageView]:
    return [stage_view(stage) for stage in call.unit[Pipelines].stages(call.path["id"])]


def create_stage(call: Call[None, StageInput]) -> StageView:
    body = call.body
    return stage_view(call.unit[Pipelines].add_stage(call.path["id"], name=body.name, order=body.order, probability=body.probability))


def update_stage(call: Call[None, Any]) -> StageView:
    return stage_view(call.unit[Pipelines].update_stage(call.path["id"], call.path["stageId"], given(call.body)))


def delete_stage(call: Call[None, None]) -> None:
    call.unit[Pipelines].delete_stage(call.path["id"], call.path["stageId"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/pipelines",
        section=SECTION,
        summary="List all pipelines in the workspace.",
        operation=list_pipelines,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=PipelineSummary,
        query=PageQuery,
    ),
    Endpoint(
        method="POST",
        path="/pipelines",
        section=SECTION,
        summary="Create a new pipeline with initial stages.",
        operation=create_pipeline,
        scope=Scope.WRITE,
        reply=PipelineDetail,
        status=201,
        body=PipelineInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/pipelines/:id",
        section=SECTION,
        summary="Retrieve a pipeline with its stages and summary statistics.",
        operation=get_pipeline,
        scope=Scope.READ,
        reply=PipelineDetail,
        errors=(404,),
        entity="pipeline",
    ),
    Endpoint(
        method="PATCH",
        path="/pipelines/:id",
        section=SECTION,
        summary="Update the name or settings of a pipeline.",
        operation=update_pipeline,
        scope=Scope.WRITE,
        reply=PipelineDetail,
        body=PipelineChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="pipeline",
    ),
    Endpoint(
        method="DELETE",
        path="/pipelines/:id",
        section=SECTION,
        summary="Delete a pipeline and its stages; 409 while deals are in it.",
        operation=delete_pipeline,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404, 409),
        extension=True,
        entity="pipeline",
    ),
    Endpoint(
        method="GET",
        path="/pipelines/:id/stages",
        section=SECTION,
        summary="List all stages in a pipeline, ordered by position.",
        operation=list_stages,
        scope=Scope.READ,
        envelope=Envelope.LIST,
        reply=StageView,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/pipelines/:id/stages",
        section=SECTION,
        summary="Add a new stage to a pipeline.",
        operation=create_stage,
        scope=Scope.WRITE,
        reply=StageView,
        status=201,
        body=StageInput,
        errors=(404, 422),
    ),
    Endpoint(
        method="PATCH",
        path="/pipelines/:id/stages/:stageId",
        section=SECTION,
        summary="Update a stage name, position, or probability.",
        operation=update_stage,
        scope=Scope.WRITE,
        reply=StageView,
        body=StageChanges,
        ignored=frozenset({"id", "pipelineId", "createdAt", "updatedAt"}),
        errors=(404, 422),
    ),
    Endpoint(
        method="DELETE",
        path="/pipelines/:id/stages/:stageId",
        section=SECTION,
        summary="Delete a stage; 409 while deals are in it.",
        operation=delete_stage,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404, 409),
        extension=True,
    ),
)
