"""What the endpoints take."""

from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.pipelines.entities import Probability
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.values import Name

Order = Annotated[int, Meta(ge=1, le=10_000, description="Position in the pipeline")]


@attrs.frozen(kw_only=True)
class InitialStage:
    """A stage made together with its pipeline; `order` defaults to its place in the array."""

    name: Name
    order: Order | None = None
    probability: Probability | None = None


@attrs.frozen(kw_only=True)
class PipelineInput:
    """A new pipeline."""

    name: Name
    stages: Annotated[list[InitialStage], Meta(max_length=100)] = attrs.field(factory=list)
    settings: dict[str, Any] = attrs.field(factory=dict)


PipelineChanges = patch_of(PipelineInput, without=("stages",))


@attrs.frozen(kw_only=True)
class StageInput:
    """A new stage; an occupied position shifts the stages from there on."""

    name: Name
    order: Order
    probability: Probability | None = None


StageChanges = patch_of(StageInput)
