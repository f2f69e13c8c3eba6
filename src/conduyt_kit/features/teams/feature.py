"""Everything teams offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.teams.demo import fill
from conduyt_kit.features.teams.endpoints import ENDPOINTS
from conduyt_kit.features.teams.entities import TEAM
from conduyt_kit.features.teams.service import DROP_DELETED_USER, Teams

TEAMS = FeatureSpec(
    name="teams",
    description="Groups of users that work is handed to",
    requires=("users",),
    entities=(TEAM,),
    services=(Teams,),
    endpoints=ENDPOINTS,
    subscriptions=(DROP_DELETED_USER,),
    demo=DemoSpec(fill=fill),
)
