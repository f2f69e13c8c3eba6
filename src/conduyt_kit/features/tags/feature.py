"""Everything tags offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.tags.demo import fill
from conduyt_kit.features.tags.endpoints import ENDPOINTS
from conduyt_kit.features.tags.entities import TAG
from conduyt_kit.features.tags.service import Tags

TAGS = FeatureSpec(
    name="tags",
    description="Tags for segmenting contacts",
    entities=(TAG,),
    services=(Tags,),
    endpoints=ENDPOINTS,
    demo=DemoSpec(fill=fill),
)
