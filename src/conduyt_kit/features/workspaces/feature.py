"""Everything workspaces offer, on one page."""

from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.features.workspaces.endpoints import ENDPOINTS
from conduyt_kit.features.workspaces.entities import WORKSPACE
from conduyt_kit.features.workspaces.service import Workspaces

WORKSPACES = FeatureSpec(
    name="workspaces",
    description="Tenants and their settings",
    entities=(WORKSPACE,),
    services=(Workspaces,),
    endpoints=ENDPOINTS,
)
