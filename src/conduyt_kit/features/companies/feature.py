"""Everything companies offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.companies.demo import fill
from conduyt_kit.features.companies.endpoints import ENDPOINTS
from conduyt_kit.features.companies.entities import COMPANY
from conduyt_kit.features.companies.service import Companies

COMPANIES = FeatureSpec(
    name="companies",
    description="Companies and organisations",
    requires=("custom_fields",),
    entities=(COMPANY,),
    services=(Companies,),
    endpoints=ENDPOINTS,
    demo=DemoSpec(fill=fill),
)
