"""The use cases of pipelines and their stages."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from conduyt_kit.features.pipelines.entities import PIPELINE, STAGE, Pipeline, Stage
from conduyt_kit.features.pipelines.positions import initial, placed
from conduyt_kit.features.pipelines.slug_ids import free_ids
from conduyt_kit.features.pipelines.views import OpenDeals
from conduyt_kit.kernel.errors import NotFound
from conduyt_kit.kernel.query import Aggregate, Compare, Function, Loaded, Measure, Op, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Pipelines:
    """Pipelines of a workspace, each with its ordered stages."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._pipelines = unit.repository(PIPELINE)
        self._stages = unit.repository(STAGE)

    def get(self, id: str) -> Loaded[Pipeline]:
        """Return a pipeline with its stages in order (R38).

        Raises:
            NotFound: no such pipeline.
        """
        return self._pipelines.load(id, include=("stages",))

    def stages(self, pipeline_id: str) -> tuple[Stage, ...]:
        """Return the stages of a pipeline in order (R39).

        Raises:
            NotFound: no such pipeline.
        """
        return tuple(self.get(pipeline_id).related["stages"])

    def open_deals(self, pipeline_ids: Sequence[str]) -> Mapping[str, OpenDeals]:
        """Return the open deals of pipelines in numbers, in one storage call; nothing where deals are left out (A21)."""
        deals = self._unit.repository_named("deal")
        if deals is None or not pipeline_ids:
            return {}
        measures = (Measure(name="count"), Measure(name="value", function=Function.SUM, field="value"))
        condition = both(where(status="open"), Compare("pipeline_id", Op.IN, tuple(pipeline_ids)))
        groups = deals.aggregate(Aggregate(measures=measures, where=condition, group_by=("pipeline_id",)))
        return {group.by["pipeline_id"]: OpenDeals(count=group.values["count"], value=group.values["value"]) for group in groups}

    def create(self, *, name: str, stages: Sequence[Mapping[str, Any]] = (), settings: Mapping[str, Any] | None = None) -> Pipeline:
        """Create a pipeline with its stages; each is given as name, order and probability, the last two optional (R37)."""
        (id,) = free_ids(self._unit, PIPELINE, "pipe_", [name])
        pipeline = self._pipelines.create(id=id, name=name, settings=dict(settings or {}))
        positions = initial([stage.get("order") for stage in stages])
        stage_ids = free_ids(self._unit, STAGE, "stage_", [stage["name"] for stage in stages])
        for stage_id, stage, position in zip(stage_ids, stages, positions, strict=True):
            self._add_stage(stage_id, pipeline.id, stage["name"], position, stage.get("probability"))
        return pipeline

    def update(self, id: str, changes: Mapping[str, Any]) -> Pipeline:
        """Change name or settings; the id stays (A39).

        Raises:
            NotFound: no such pipeline.
        """
        return self._pipelines.change(self._pipelines.get_for_update(id), **changes)

    def delete(self, id: str) -> None:
        """Delete a pipeline with its stages (X12).

        Raises:
            NotFound: no such pipeline.
            Conflict: deals are still in it.
        """
        self._pipelines.remove(self._pipelines.get_for_update(id))

    def add_stage(self, pipeline_id: str, *, name: str, order: int, probability: Decimal | None = None) -> Stage:
        """Add a stage at a position; those from there on move down, and a position past the end is the end (R41).

        Raises:
            NotFound: no such pipeline.
        """
        stages = self._locked_stages(pipeline_id)
        (stage_id,) = free_ids(self._unit, STAGE, "stage_", [name])
        arranged = placed([stage.id for stage in stages], stage_id, order)
        self._arrange(stages, arranged)
        return self._add_stage(stage_id, pipeline_id, name, arranged.index(stage_id) + 1, probability)

    def update_stage(self, pipeline_id: str, stage_id: str, changes: Mapping[str, Any]) -> Stage:
        """Change name, position or probability of a stage; moving it shifts the others (R41).

        Raises:
            NotFound: no such pipeline, or no such stage in it.
        """
        stages = self._locked_stages(pipeline_id)
        self._one_of(stages, stage_id)
        wanted = dict(changes)
        order = wanted.pop("order", None)
        if order is not None:
            stages = self._arrange(stages, placed([stage.id for stage in stages], stage_id, order))
        if wanted.get("probability", Decimal(0)) is None:
            wanted["probability"] = Decimal(0)
        return self._stages.change(self._one_of(stages, stage_id), **wanted)

    def delete_stage(self, pipeline_id: str, stage_id: str) -> None:
        """Delete a stage; those after it move up (X12).

        Raises:
            NotFound: no such pipeline, or no such stage in it.
            Conflict: deals are still in it.
        """
        stages = self._locked_stages(pipeline_id)
        self._stages.remove(self._one_of(stages, stage_id))
        rest = tuple(stage for stage in stages if stage.id != stage_id)
        self._arrange(rest, [stage.id for stage in rest])

    def _locked_stages(self, pipeline_id: str) -> tuple[Stage, ...]:
        # The pipeline's row is the lock of its order: whoever inserts, moves or deletes a stage holds it.
        self._pipelines.get_for_update(pipeline_id)
        return self._stages.all(where(pipeline_id=pipeline_id))

    def _one_of(self, stages: Sequence[Stage], stage_id: str) -> Stage:
        for stage in stages:
            if stage.id == stage_id:
                return stage
        raise NotFound.of("stage", stage_id)

    def _arrange(self, stages: Sequence[Stage], order: Sequence[str]) -> tuple[Stage, ...]:
        return tuple(self._stages.change(stage, position=order.index(stage.id) + 1) for stage in stages)

    def _add_stage(self, id: str, pipeline_id: str, name: str, position: int, probability: Decimal | None) -> Stage:
        return self._stages.create(id=id, name=name, pipeline_id=pipeline_id, position=position, probability=probability or Decimal(0))
