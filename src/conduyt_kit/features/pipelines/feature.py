"""Everything pipelines offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.pipelines.demo import fill
from conduyt_kit.features.pipelines.endpoints import ENDPOINTS
from conduyt_kit.features.pipelines.entities import PIPELINE, STAGE
from conduyt_kit.features.pipelines.service import Pipelines

PIPELINES = FeatureSpec(
    name="pipelines",
    description="Pipelines and their stages",
    entities=(PIPELINE, STAGE),
    services=(Pipelines,),
    endpoints=ENDPOINTS,
    demo=DemoSpec(fill=fill),
)
