"""Everything activities offer, on one page. Their entities belong to the kernel, which writes them."""

from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.features.activities.endpoints import ENDPOINTS
from conduyt_kit.features.activities.service import Activities

ACTIVITIES = FeatureSpec(
    name="activities",
    description="The audit trail of the workspace, and timelines",
    services=(Activities,),
    endpoints=ENDPOINTS,
)
