"""Everything conversations offer, on one page. The sample messages of `conduyt demo` make its conversations."""

from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.features.conversations.endpoints import ENDPOINTS
from conduyt_kit.features.conversations.entities import CONVERSATION, UNREAD_MESSAGE
from conduyt_kit.features.conversations.service import Conversations, note_message
from conduyt_kit.kernel.events import INSIDE, Subscription

CONVERSATIONS = FeatureSpec(
    name="conversations",
    description="One thread per contact, over all channels",
    requires=("contacts", "messages"),
    entities=(CONVERSATION, UNREAD_MESSAGE),
    services=(Conversations,),
    endpoints=ENDPOINTS,
    subscriptions=(
        Subscription(event="message.queued", handler=note_message, when=INSIDE, name="conversations.note_queued"),
        Subscription(event="message.received", handler=note_message, when=INSIDE, name="conversations.note_received"),
    ),
)
