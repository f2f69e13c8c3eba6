"""What messages tell. The events carry no bodies: who needs one reads the message."""

import datetime as dt
from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class MessageEvent(Event):
    """What all of them carry."""

    entity: ClassVar[str | None] = "message"

    message_id: str
    contact_id: str
    channel: str
    origin: str | None = None
    at: dt.datetime


@attrs.frozen(kw_only=True)
class MessageQueued(MessageEvent):
    name: ClassVar[str] = "message.queued"
    description: ClassVar[str] = "A message to a contact was written and waits to be sent; `preview` is how it begins."

    preview: str


@attrs.frozen(kw_only=True)
class MessageSent(MessageEvent):
    name: ClassVar[str] = "message.sent"
    description: ClassVar[str] = "The provider took a message."


@attrs.frozen(kw_only=True)
class MessageDelivered(MessageEvent):
    name: ClassVar[str] = "message.delivered"
    description: ClassVar[str] = "The provider says that a message reached the contact."


@attrs.frozen(kw_only=True)
class MessageFailed(MessageEvent):
    name: ClassVar[str] = "message.failed"
    description: ClassVar[str] = "A message was not sent or did not reach the contact; `reason` says why."

    reason: str


@attrs.frozen(kw_only=True)
class MessageReceived(MessageEvent):
    name: ClassVar[str] = "message.received"
    description: ClassVar[str] = "A contact wrote to us; `preview` is how the message begins, without what it quotes."

    preview: str


@attrs.frozen(kw_only=True)
class ContactUnsubscribed(Event):
    name: ClassVar[str] = "contact.unsubscribed"
    description: ClassVar[str] = "An address is not to be written to any more on a channel; `contactId` is null where no contact has it."
    entity: ClassVar[str | None] = "contact"

    contact_id: str | None
    channel: str
    reason: str
