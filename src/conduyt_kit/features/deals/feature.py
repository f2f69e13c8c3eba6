"""Everything deals offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec, ProviderSpec
from conduyt_kit.features.deals.closing import CLOSING_POLICY, CertainStageWins
from conduyt_kit.features.deals.demo import fill
from conduyt_kit.features.deals.endpoints import ENDPOINTS
from conduyt_kit.features.deals.entities import DEAL
from conduyt_kit.features.deals.events import DealLost, DealStageChanged, DealWon
from conduyt_kit.features.deals.service import Deals

DEALS = FeatureSpec(
    name="deals",
    description="Deals in pipelines",
    requires=("workspaces", "custom_fields", "pipelines"),
    entities=(DEAL,),
    services=(Deals,),
    endpoints=ENDPOINTS,
    events=(DealStageChanged, DealWon, DealLost),
    providers=(ProviderSpec(port=CLOSING_POLICY, name="certain_stage_wins", make=lambda _: CertainStageWins(), default=True),),
    demo=DemoSpec(fill=fill),
)
