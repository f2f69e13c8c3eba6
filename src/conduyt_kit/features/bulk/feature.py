"""Everything bulk operations offer, on one page."""

from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.features.bulk.endpoints import ENDPOINTS
from conduyt_kit.features.bulk.entities import BULK_JOB
from conduyt_kit.features.bulk.job import JOB_SPEC
from conduyt_kit.features.bulk.service import BulkJobs

BULK = FeatureSpec(
    name="bulk",
    description="One change to many contacts or deals",
    requires=("contacts", "custom_fields", "deals", "pipelines", "tags"),
    entities=(BULK_JOB,),
    services=(BulkJobs,),
    endpoints=ENDPOINTS,
    jobs=(JOB_SPEC,),
)
