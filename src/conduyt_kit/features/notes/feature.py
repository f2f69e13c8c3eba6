"""Everything notes offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.notes.demo import fill
from conduyt_kit.features.notes.endpoints import ENDPOINTS
from conduyt_kit.features.notes.entities import NOTE
from conduyt_kit.features.notes.service import Notes

NOTES = FeatureSpec(
    name="notes",
    description="Notes on contacts and deals",
    entities=(NOTE,),
    services=(Notes,),
    endpoints=ENDPOINTS,
    demo=DemoSpec(fill=fill),
)
