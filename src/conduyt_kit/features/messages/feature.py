"""Everything messages offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.messages.callbacks import CALLBACK_ENDPOINTS
from conduyt_kit.features.messages.delivery import APPLY_STATUS_JOB
from conduyt_kit.features.messages.demo import fill
from conduyt_kit.features.messages.endpoints import MESSAGE_ENDPOINTS, SENDER_ENDPOINTS, SUPPRESSION_ENDPOINTS
from conduyt_kit.features.messages.entities import CORRESPONDENT, MESSAGE, SENDER_IDENTITY, SUPPRESSION
from conduyt_kit.features.messages.events import (
    ContactUnsubscribed,
    MessageDelivered,
    MessageFailed,
    MessageQueued,
    MessageReceived,
    MessageSent,
)
from conduyt_kit.features.messages.sender_identities import SenderIdentities
from conduyt_kit.features.messages.sending import SEND_MESSAGE_JOB
from conduyt_kit.features.messages.service import Messages
from conduyt_kit.features.messages.settings import MESSAGE_SETTINGS
from conduyt_kit.features.messages.suppressions import Suppressions
from conduyt_kit.features.messages.unsubscribing import UNSUBSCRIBE_ENDPOINTS

MESSAGES = FeatureSpec(
    name="messages",
    description="E-mail and SMS to contacts and from them",
    requires=("workspaces", "contacts"),
    entities=(MESSAGE, SUPPRESSION, SENDER_IDENTITY, CORRESPONDENT),
    services=(Messages, Suppressions, SenderIdentities),
    endpoints=(*MESSAGE_ENDPOINTS, *CALLBACK_ENDPOINTS, *SUPPRESSION_ENDPOINTS, *SENDER_ENDPOINTS, *UNSUBSCRIBE_ENDPOINTS),
    events=(MessageQueued, MessageSent, MessageDelivered, MessageFailed, MessageReceived, ContactUnsubscribed),
    jobs=(SEND_MESSAGE_JOB, APPLY_STATUS_JOB),
    settings=(MESSAGE_SETTINGS,),
    demo=DemoSpec(fill=fill),
)
