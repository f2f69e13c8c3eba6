"""The words by which people stop SMS and take them again, as carriers know them."""

from typing import Literal

from conduyt_kit.features.messages.entities import Message
from conduyt_kit.kernel import ids

STOP_WORDS = frozenset({"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out"})
START_WORDS = frozenset({"start", "unstop"})
_LONGEST = 40


def wish_of(message: Message) -> Literal["stop", "start"] | None:
    """Return what an SMS asks for, if it is one of those words and nothing else; an e-mail asks for nothing this way."""
    if message.channel != "sms" or len(message.text) > _LONGEST:
        return None
    words = ids.fold(message.text).strip(" .,!\"'")
    if words in STOP_WORDS:
        return "stop"
    return "start" if words in START_WORDS else None
