"""Everything custom fields offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.custom_fields.demo import fill
from conduyt_kit.features.custom_fields.endpoints import ENDPOINTS
from conduyt_kit.features.custom_fields.entities import CUSTOM_FIELD
from conduyt_kit.features.custom_fields.service import CustomFields

CUSTOM_FIELDS = FeatureSpec(
    name="custom_fields",
    description="Fields of a workspace's own on contacts, deals and companies",
    entities=(CUSTOM_FIELD,),
    services=(CustomFields,),
    endpoints=ENDPOINTS,
    demo=DemoSpec(fill=fill),
)
