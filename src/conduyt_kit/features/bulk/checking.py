"""What can be found wrong with the updates of a bulk operation before any record is looked at (R90)."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.custom_fields import CustomFields
from conduyt_kit.features.pipelines import STAGE
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import Detail, ValidationFailed
from conduyt_kit.kernel.naming import camel
from conduyt_kit.kernel.unit_of_work import UnitOfWork

FIELD = "updates"


def check_updates(unit: UnitOfWork, entity: EntitySpec[Any], values: Mapping[str, Any]) -> None:
    """Check custom fields and references, which the form of the input says nothing of.

    Raises:
        ValidationFailed: custom fields do not fit, something referred to does not exist, or a stage is of another pipeline than the one
            given with it; all of it is named, with paths such as ``updates.assignedTo``.
    """
    wrong = [*_custom_fields(unit, entity, values), *_references(unit, entity, values), *_stage(unit, values)]
    if wrong:
        raise ValidationFailed.of(Detail(f"{FIELD}.{detail.field}", detail.message) for detail in wrong)


def _custom_fields(unit: UnitOfWork, entity: EntitySpec[Any], values: Mapping[str, Any]) -> tuple[Detail, ...]:
    try:
        unit[CustomFields].checked(entity.name, values.get("custom_fields"), existing={})
    except ValidationFailed as error:
        return error.details
    return ()


def _references(unit: UnitOfWork, entity: EntitySpec[Any], values: Mapping[str, Any]) -> list[Detail]:
    wrong = []
    for field in entity.refs:
        target = unit.repository_named(field.ref.entity) if field.ref and values.get(field.name) else None
        if target is not None and target.find(values[field.name]) is None:
            noun = target.spec.name.replace("_", " ")
            wrong.append(Detail(camel(field.name), f"Refers to a {noun} that does not exist in this workspace"))
    return wrong


def _stage(unit: UnitOfWork, values: Mapping[str, Any]) -> list[Detail]:
    if not values.get("stage_id") or not values.get("pipeline_id"):
        return []
    stage = unit.repository(STAGE).find(values["stage_id"])
    if stage is None or stage.pipeline_id == values["pipeline_id"]:
        return []
    return [Detail("stageId", "Must be a stage of the given pipeline")]
