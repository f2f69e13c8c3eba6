"""What the endpoints show."""

import datetime as dt
from typing import Any

import attrs
import msgspec

from conduyt_kit.features.messages.entities import Direction, Message, SenderIdentity, Suppression, SuppressionReason
from conduyt_kit.kernel.query import Loaded
from conduyt_kit.ports.messages import ChannelName, DeliveryStatus


@attrs.frozen(kw_only=True)
class MessageView:
    """A message as the documented endpoints show it; only an e-mail has a subject (A32). `sent_at` is null while it is queued."""

    id: str
    contact_id: str
    channel: ChannelName
    direction: Direction
    subject: str | msgspec.UnsetType | None = msgspec.UNSET
    body: str
    status: DeliveryStatus
    sent_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class MessageDetail(MessageView):
    """A single message (X10): `text` is its plain part, `reason` why it failed or why the last try did, `media` links to pictures."""

    text: str
    address: str
    media: tuple[str, ...]
    reason: str | None
    origin: str | None
    provider: str | None
    provider_id: str | None
    created_at: dt.datetime


@attrs.frozen(kw_only=True)
class SuppressionView:
    id: str
    channel: ChannelName
    address: str
    reason: SuppressionReason
    contact_id: str | None
    created_at: dt.datetime


@attrs.frozen(kw_only=True)
class SenderIdentityView:
    id: str
    channel: ChannelName
    address: str
    name: str | None
    created_at: dt.datetime


def message_view(message: Message) -> MessageView:
    return MessageView(**_shown(MessageView, message))


def message_detail(message: Message) -> MessageDetail:
    return MessageDetail(**_shown(MessageDetail, message))


def listed_message(found: Loaded[Message]) -> MessageView:
    return message_view(found.record)


def suppression_view(suppression: Suppression) -> SuppressionView:
    return SuppressionView(**_shown(SuppressionView, suppression))


def listed_suppression(found: Loaded[Suppression]) -> SuppressionView:
    return suppression_view(found.record)


def identity_view(identity: SenderIdentity) -> SenderIdentityView:
    return SenderIdentityView(**_shown(SenderIdentityView, identity))


def listed_identity(found: Loaded[SenderIdentity]) -> SenderIdentityView:
    return identity_view(found.record)


def _shown(view: Any, record: Any) -> dict[str, Any]:
    values = {field.name: getattr(record, field.name) for field in attrs.fields(view)}
    if isinstance(record, Message) and record.channel != "email":
        del values["subject"]
    return values
