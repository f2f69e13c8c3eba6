"""Messages: e-mail and SMS to contacts and from them, and who must not be written to."""

from conduyt_kit.features.messages.entities import MESSAGE, SUPPRESSION, Message, Suppression, SuppressionReason
from conduyt_kit.features.messages.sender_identities import SenderIdentities
from conduyt_kit.features.messages.service import SEND_MESSAGE, Messages
from conduyt_kit.features.messages.suppressions import Suppressions
from conduyt_kit.features.messages.unsubscribing import unsubscribe_url

__all__ = [
    "MESSAGE",
    "SEND_MESSAGE",
    "SUPPRESSION",
    "Message",
    "Messages",
    "SenderIdentities",
    "Suppression",
    "SuppressionReason",
    "Suppressions",
    "unsubscribe_url",
]
