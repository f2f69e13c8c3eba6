"""Everything webhooks offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.webhooks.clean_up import CLEAN_UP_JOB, CLEAN_UP_SCHEDULE
from conduyt_kit.features.webhooks.delivery_job import DELIVERY_JOB
from conduyt_kit.features.webhooks.demo import fill
from conduyt_kit.features.webhooks.endpoints import ENDPOINTS
from conduyt_kit.features.webhooks.entities import WEBHOOK, WEBHOOK_DELIVERY
from conduyt_kit.features.webhooks.events import TestPing, WebhookDisabled
from conduyt_kit.features.webhooks.listeners import LISTENING
from conduyt_kit.features.webhooks.owner_mail import TELL_OWNER_JOB
from conduyt_kit.features.webhooks.redelivery import REDELIVERY_JOB
from conduyt_kit.features.webhooks.service import Webhooks

WEBHOOKS = FeatureSpec(
    name="webhooks",
    description="Events told to receivers outside, signed and with retries",
    entities=(WEBHOOK, WEBHOOK_DELIVERY),
    services=(Webhooks,),
    endpoints=ENDPOINTS,
    events=(WebhookDisabled, TestPing),
    subscriptions=(LISTENING.subscription,),
    jobs=(DELIVERY_JOB, LISTENING.job, REDELIVERY_JOB, TELL_OWNER_JOB, CLEAN_UP_JOB),
    schedules=(CLEAN_UP_SCHEDULE,),
    providers=(LISTENING.provider,),
    demo=DemoSpec(fill=fill),
)
