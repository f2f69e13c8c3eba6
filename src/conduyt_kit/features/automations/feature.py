"""Everything automations offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.automations.call_job import CALL_JOB
from conduyt_kit.features.automations.clean_up import CLEAN_UP_JOB, CLEAN_UP_SCHEDULE
from conduyt_kit.features.automations.demo import fill
from conduyt_kit.features.automations.endpoints import ENDPOINTS
from conduyt_kit.features.automations.entities import AUTOMATION, AUTOMATION_RUN
from conduyt_kit.features.automations.listeners import LISTENING
from conduyt_kit.features.automations.service import Automations

AUTOMATIONS = FeatureSpec(
    name="automations",
    description="Calls of n8n webhooks when events happen, and custom events",
    entities=(AUTOMATION, AUTOMATION_RUN),
    services=(Automations,),
    endpoints=ENDPOINTS,
    subscriptions=(LISTENING.subscription,),
    jobs=(CALL_JOB, LISTENING.job, CLEAN_UP_JOB),
    schedules=(CLEAN_UP_SCHEDULE,),
    providers=(LISTENING.provider,),
    demo=DemoSpec(fill=fill),
)
