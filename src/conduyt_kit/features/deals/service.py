"""The use cases of deals."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.custom_fields import CustomFields
from conduyt_kit.features.deals.closing import CLOSING_POLICY, Move
from conduyt_kit.features.deals.entities import DEAL, Deal
from conduyt_kit.features.deals.events import DealLost, DealStageChanged, DealWon
from conduyt_kit.features.deals.views import EMBEDDED
from conduyt_kit.features.pipelines import PIPELINE, STAGE, Stage
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.query import Loaded
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Deals:
    """Deals of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._deals = unit.repository(DEAL)

    def get(self, id: str) -> Loaded[Deal]:
        """Return a deal with its pipeline, stage, contact and company (R33), in one storage call.

        Raises:
            NotFound: no such deal.
        """
        entities = self._unit.environment.entities
        present = tuple(name for name in EMBEDDED if (found := DEAL.field(name).ref) and found.entity in entities)
        return self._deals.load(id, include=present)

    def create(
        self,
        *,
        pipeline_id: str,
        stage_id: str,
        custom_fields: Mapping[str, Any] | None = None,
        currency: str | None = None,
        probability: Any = None,
        status: Any = None,
        **values: Any,
    ) -> Deal:
        """Create a deal in a stage.

        Raises:
            ValidationFailed: the pipeline or stage does not exist, the stage is of another pipeline, custom fields do not fit, or a
                reference points at nothing (R32).
        """
        stage = self._stage(pipeline_id, stage_id)
        policy = self._unit.provider(CLOSING_POLICY)
        move = Move(status="open", wanted=status, stage_changed=True, stage_probability=stage.probability)
        final = policy.status_after(move)
        deal = self._deals.create(
            pipeline_id=pipeline_id,
            stage_id=stage_id,
            custom_fields=self._unit[CustomFields].checked("deal", custom_fields),
            currency=currency or self._unit[Workspaces].settings().currency,
            probability=stage.probability if probability is None else probability,
            status=final,
            closed_at=None if final == "open" else self._unit.now,
            **values,
        )
        self._tell_closed(deal, before="open")
        return deal

    def update(self, id: str, changes: Mapping[str, Any]) -> Deal:
        """Change the given fields; a move takes the stage's probability unless one is given, and may close the deal (R34, R35, A22).

        Raises:
            NotFound: no such deal.
            ValidationFailed: as for `create`.
        """
        deal = self._deals.get_for_update(id)
        wanted = dict(changes)
        for name in ("currency", "probability", "status"):
            if name in wanted and wanted[name] is None:
                del wanted[name]
        if "custom_fields" in wanted:
            wanted["custom_fields"] = self._unit[CustomFields].checked("deal", wanted["custom_fields"], deal.custom_fields)
        stage = self._target(deal, wanted)
        if stage is not None:
            wanted.setdefault("probability", stage.probability)
        wanted |= self._closing(deal, wanted.pop("status", None), stage)
        changed = self._deals.change(deal, **wanted)
        if stage is not None:
            self._tell_moved(deal, changed, stage)
        self._tell_closed(changed, before=deal.status)
        return changed

    def delete(self, id: str) -> None:
        """Delete a deal; tasks and notes on it stay, without the link (X12).

        Raises:
            NotFound: no such deal.
        """
        self._deals.remove(self._deals.get_for_update(id))

    def _target(self, deal: Deal, wanted: Mapping[str, Any]) -> Stage | None:
        """Return the stage a deal is moved to, or ``None`` where it stays."""
        pipeline_id = wanted.get("pipeline_id", deal.pipeline_id)
        stage_id = wanted.get("stage_id", deal.stage_id)
        if (pipeline_id, stage_id) == (deal.pipeline_id, deal.stage_id):
            return None
        return self._stage(pipeline_id, stage_id)

    def _stage(self, pipeline_id: str, stage_id: str) -> Stage:
        stage = self._unit.repository(STAGE).find(stage_id)
        if stage is None or stage.pipeline_id != pipeline_id:
            if self._unit.repository(PIPELINE).find(pipeline_id) is None:
                raise ValidationFailed.on("pipelineId", "No pipeline with this id exists in this workspace")
            raise ValidationFailed.on("stageId", "Must be a stage of the deal's pipeline")
        return stage

    def _closing(self, deal: Deal, wanted: Any, stage: Stage | None) -> dict[str, Any]:
        probability = stage.probability if stage else deal.probability
        move = Move(status=deal.status, wanted=wanted, stage_changed=stage is not None, stage_probability=probability)
        status = self._unit.provider(CLOSING_POLICY).status_after(move)
        if status == deal.status:
            return {}
        return {"status": status, "closed_at": None if status == "open" else self._unit.now}

    def _tell_moved(self, before: Deal, deal: Deal, stage: Stage) -> None:
        previous = self._unit.repository(STAGE).get(before.stage_id)
        self._unit.emit(
            DealStageChanged(
                **_told(deal),
                previous_stage=previous.name,
                new_stage=stage.name,
                stage_name=stage.name,
                previous_stage_id=previous.id,
            )
        )

    def _tell_closed(self, deal: Deal, *, before: str) -> None:
        if deal.status == before or deal.status == "open":
            return
        self._unit.emit(DealWon(**_told(deal)) if deal.status == "won" else DealLost(**_told(deal)))


def _told(deal: Deal) -> dict[str, Any]:
    return {
        "deal_id": deal.id,
        "deal_name": deal.name,
        "deal_value": deal.value,
        "currency": deal.currency,
        "contact_id": deal.contact_id,
        "company_id": deal.company_id,
        "pipeline_id": deal.pipeline_id,
        "stage_id": deal.stage_id,
        "assigned_to": deal.assigned_to,
    }
