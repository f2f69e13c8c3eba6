"""The pipeline and its stages."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.kernel.entities import EntitySpec, HasMany, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from conduyt_kit.kernel.money import round_half_up
from conduyt_kit.kernel.values import Name, Rule

PROBABILITY_PLACES = 4

Probability = Annotated[
    Decimal,
    Meta(ge=0, le=1, description="Win probability (0.0 to 1.0)"),
    Rule("probability", lambda p: round_half_up(p, PROBABILITY_PLACES)),
]


@attrs.frozen(kw_only=True)
class Pipeline:
    """A sales process. Its id is made of its name and survives a rename (A39)."""

    id: str
    name: Name
    settings: dict[str, Any] = attrs.field(factory=dict)
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


@attrs.frozen(kw_only=True)
class Stage:
    """A step of a pipeline. `position` counts from 1 without gaps; the API calls it ``order`` (R41)."""

    id: str
    name: Name
    pipeline_id: str = attrs.field(metadata=stored(ref=ref("pipeline", on_delete=CASCADE, timeline=True)))
    position: int
    probability: Probability = attrs.field(default=Decimal(0), metadata=stored(places=PROBABILITY_PLACES))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


PIPELINE: EntitySpec[Pipeline] = entity(
    Pipeline,
    name="pipeline",
    indexes=[("created_at",)],
    relations=[HasMany(name="stages", entity="stage", field="pipeline_id")],
    sort=("created_at",),
    sortable=("name", "updated_at"),
)

STAGE: EntitySpec[Stage] = entity(
    Stage,
    name="stage",
    indexes=[("pipeline_id", "position")],
    sort=("position",),
)
