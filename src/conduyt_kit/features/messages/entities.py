"""The message, who must not be written to, who is written to, and the workspace's own addresses."""

import datetime as dt
from typing import Annotated, Literal

import attrs
from msgspec import Meta

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, SET_NULL, ref, stored
from conduyt_kit.ports.messages import ChannelName, DeliveryStatus

Direction = Literal["inbound", "outbound"]
SuppressionReason = Literal["unsubscribed", "stop", "bounced", "complained", "manual"]

Body = Annotated[str, Meta(min_length=1, max_length=500_000, description="Message body (plain text for SMS, HTML for email)")]


@attrs.frozen(kw_only=True)
class Message:
    """An e-mail or SMS, sent to a contact or received from one.

    `body` is as given (HTML for e-mail), `text` the plain part. `address` is the contact's side, `address_key` its form to compare.
    An outbound message is ``queued`` until the channel took it; `sending_at` says that a channel is being asked right now, or that the
    process died while it was. `reason` says why the message failed, or why the last try to send it did. `origin` names what wrote an
    automatic message, such as ``sequence:enr_1:2``; one origin writes one message.
    """

    id: str
    contact_id: str = attrs.field(metadata=stored(ref=ref("contact", on_delete=CASCADE, timeline=True)))
    channel: ChannelName
    direction: Direction
    subject: str | None = None
    body: str
    text: str = ""
    status: DeliveryStatus
    address: str = attrs.field(metadata=stored(personal=True))
    address_key: str = attrs.field(metadata=stored(hidden=True))
    media: tuple[str, ...] = ()
    origin: str | None = None
    sender: str | None = None
    reply_to: str | None = None
    list_unsubscribe_url: str | None = attrs.field(default=None, metadata=stored(hidden=True))
    provider: str | None = attrs.field(default=None, metadata=stored(read_only=True))
    provider_id: str | None = attrs.field(default=None, metadata=stored(read_only=True))
    reason: str | None = attrs.field(default=None, metadata=stored(read_only=True))
    sending_at: dt.datetime | None = attrs.field(default=None, metadata=stored(hidden=True))
    sent_at: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    read_at: dt.datetime | None = attrs.field(default=None, metadata=stored(hidden=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


MESSAGE: EntitySpec[Message] = entity(
    Message,
    name="message",
    new_id=ids.sortable("msg_"),
    unique=[
        Unique(fields=("origin",), field="origin", message="This origin has written its message"),
        Unique(
            fields=("provider", "provider_id"),
            field="providerId",
            message="This message was received before",
            only={"direction": "inbound"},
        ),
    ],
    indexes=[
        ("-created_at",),
        ("contact_id", "-created_at"),
        ("channel", "-created_at"),
        ("direction", "-created_at"),
        ("sent_at",),
    ],
    locators=("provider_id",),
    sort=("-created_at",),
    sortable=("sent_at",),
    events=False,
)
"""Messages tell of themselves with the events of `events`, which carry no bodies."""


@attrs.frozen(kw_only=True)
class Suppression:
    """Says that an address must not be written to on a channel (X17)."""

    id: str
    channel: ChannelName
    address: str = attrs.field(metadata=stored(personal=True))
    address_key: str = attrs.field(metadata=stored(hidden=True))
    reason: SuppressionReason
    contact_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("contact", on_delete=SET_NULL, timeline=True)))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


SUPPRESSION: EntitySpec[Suppression] = entity(
    Suppression,
    name="suppression",
    new_id=ids.sortable("sup_"),
    unique=[Unique(fields=("channel", "address_key"), field="address", message="This address is suppressed already")],
    indexes=[("-created_at",), ("channel", "-created_at"), ("address_key",)],
    sort=("-created_at",),
    events=False,
)


@attrs.frozen(kw_only=True)
class SenderIdentity:
    """An address or number that belongs to the workspace: it sends from the first one of each channel, and receives at all of them."""

    id: str
    channel: ChannelName
    address: str
    address_key: str = attrs.field(metadata=stored(hidden=True))
    name: str | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


TAKEN_ADDRESS = "Another sender identity has this address"

SENDER_IDENTITY: EntitySpec[SenderIdentity] = entity(
    SenderIdentity,
    name="sender_identity",
    plural="sender_identities",
    new_id=ids.sortable("snd_"),
    unique=[Unique(fields=("channel", "address_key"), field="address", message=TAKEN_ADDRESS)],
    indexes=[("channel", "created_at")],
    locators=("address_key",),
    sort=("created_at",),
    events=False,
)


@attrs.frozen(kw_only=True)
class Correspondent:
    """The contact that an address stands for: the one it was last written to as.

    `shared_at` is when the address was last written to from the server's own sender, which all workspaces share: an answer goes to
    the workspace that wrote last (X10).
    """

    id: str
    channel: ChannelName
    address_key: str
    contact_id: str = attrs.field(metadata=stored(ref=ref("contact", on_delete=CASCADE)))
    shared_at: dt.datetime | None = None


CORRESPONDENT: EntitySpec[Correspondent] = entity(
    Correspondent,
    name="correspondent",
    new_id=ids.sortable("cor_"),
    unique=[Unique(fields=("channel", "address_key"), field="address", message="This address stands for a contact already")],
    indexes=[("contact_id",)],
    locators=("address_key",),
    events=False,
    audited=False,
    counted=False,
)
