"""Everything calls offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.calls.demo import fill
from conduyt_kit.features.calls.endpoints import ENDPOINTS
from conduyt_kit.features.calls.entities import CALL
from conduyt_kit.features.calls.events import CallLogged
from conduyt_kit.features.calls.service import Calls

CALLS = FeatureSpec(
    name="calls",
    description="A log of phone calls",
    requires=("contacts",),
    entities=(CALL,),
    services=(Calls,),
    endpoints=ENDPOINTS,
    events=(CallLogged,),
    demo=DemoSpec(fill=fill),
)
