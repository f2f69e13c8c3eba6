"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.messages.entities import Body, Direction, SuppressionReason
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Id, Name
from conduyt_kit.ports.messages import ChannelName

Address = Annotated[str, Meta(min_length=1, max_length=254, description="An email address, or a phone number in E.164 form")]


@attrs.frozen(kw_only=True)
class MessageInput:
    """A message to a contact. An SMS has no subject: one that is given is dropped."""

    contact_id: Annotated[Id, Meta(description="Recipient contact ID")]
    channel: Annotated[ChannelName, Meta(description="Channel: sms or email")]
    body: Body
    subject: Annotated[str, Meta(max_length=500, description="Email subject (required for email channel)")] | None = None


@attrs.frozen(kw_only=True)
class MessageQuery(PageQuery):
    contact_id: Annotated[str, Meta(description="Filter by contact")] | None = None
    channel: Annotated[ChannelName, Meta(description="Filter: sms, email")] | None = None
    direction: Annotated[Direction, Meta(description="Filter: inbound, outbound")] | None = None


@attrs.frozen(kw_only=True)
class SuppressionInput:
    """An address that must not be written to."""

    channel: ChannelName
    address: Address
    reason: SuppressionReason = "manual"


@attrs.frozen(kw_only=True)
class SuppressionQuery(PageQuery):
    channel: Annotated[ChannelName, Meta(description="Filter: sms, email")] | None = None
    address: Annotated[str, Meta(description="Filter by address or number")] | None = None


@attrs.frozen(kw_only=True)
class SenderIdentityInput:
    """An address or number of the workspace's own."""

    channel: ChannelName
    address: Address
    name: Annotated[Name, Meta(description="Display name in emails")] | None = None
