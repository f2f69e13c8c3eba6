"""The documented endpoints of messages, single messages (X10), suppressions (X17) and sender identities."""

import attrs

from conduyt_kit.features.messages import addresses
from conduyt_kit.features.messages.entities import MESSAGE, SENDER_IDENTITY, SUPPRESSION
from conduyt_kit.features.messages.inputs import (
    MessageInput,
    MessageQuery,
    SenderIdentityInput,
    SuppressionInput,
    SuppressionQuery,
)
from conduyt_kit.features.messages.sender_identities import SenderIdentities
from conduyt_kit.features.messages.service import Messages
from conduyt_kit.features.messages.suppressions import Suppressions
from conduyt_kit.features.messages.views import (
    MessageDetail,
    MessageView,
    SenderIdentityView,
    SuppressionView,
    identity_view,
    listed_identity,
    listed_message,
    listed_suppression,
    message_detail,
    message_view,
    suppression_view,
)
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing, Reply
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import Compare, Op, both, where

SECTION = "Messages"


def list_messages(call: Call[MessageQuery, None]) -> Listing:
    asked = {name: getattr(call.query, name) for name in ("contact_id", "channel", "direction")}
    given = {name: value for name, value in asked.items() if value is not None}
    return list_records(call, MESSAGE, listed_message, where(**call.unit.canonical_refs(MESSAGE, given)))


def send_message(call: Call[None, MessageInput]) -> MessageView:
    return message_view(call.unit[Messages].send(**attrs.asdict(call.body)))


def get_message(call: Call[None, None]) -> MessageDetail:
    return message_detail(call.unit[Messages].get(call.path["id"]))


def list_suppressions(call: Call[SuppressionQuery, None]) -> Listing:
    asked = call.query
    keys = tuple(addresses.key_of(channel, asked.address) for channel in addresses.CHANNELS) if asked.address else None
    condition = both(where(channel=asked.channel) if asked.channel else None, Compare("address_key", Op.IN, keys) if keys else None)
    return list_records(call, SUPPRESSION, listed_suppression, condition)


def suppress_address(call: Call[None, SuppressionInput]) -> Reply:
    wanted = call.body
    try:
        address = addresses.normal(wanted.channel, wanted.address)
    except ValueError as error:
        raise ValidationFailed.on("address", str(error)) from error
    suppression, is_new = call.unit[Suppressions].add(wanted.channel, address, wanted.reason)
    return Reply(status=201 if is_new else 200, value=suppression_view(suppression))


def lift_suppression(call: Call[None, None]) -> None:
    call.unit[Suppressions].delete(call.path["id"])


def list_sender_identities(call: Call[PageQuery, None]) -> Listing:
    return list_records(call, SENDER_IDENTITY, listed_identity)


def add_sender_identity(call: Call[None, SenderIdentityInput]) -> SenderIdentityView:
    return identity_view(call.unit[SenderIdentities].create(**attrs.asdict(call.body)))


def remove_sender_identity(call: Call[None, None]) -> None:
    call.unit[SenderIdentities].delete(call.path["id"])


MESSAGE_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/messages",
        section=SECTION,
        summary="List messages with optional filters for contact, channel, and direction.",
        operation=list_messages,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=MessageView,
        query=MessageQuery,
    ),
    Endpoint(
        method="POST",
        path="/messages",
        section=SECTION,
        summary="Send a message to a contact via SMS or email.",
        operation=send_message,
        scope=Scope.WRITE,
        reply=MessageView,
        status=201,
        body=MessageInput,
        errors=(422,),
        description="The message is answered as queued; what becomes of it shows in its status.",
    ),
    Endpoint(
        method="GET",
        path="/messages/:id",
        section=SECTION,
        summary="Retrieve a single message with its delivery status and the reason of a failure.",
        operation=get_message,
        scope=Scope.READ,
        reply=MessageDetail,
        errors=(404,),
        extension=True,
        entity="message",
    ),
)

SUPPRESSION_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/suppressions",
        section=SECTION,
        summary="List the addresses that must not be written to.",
        operation=list_suppressions,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=SuppressionView,
        query=SuppressionQuery,
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/suppressions",
        section=SECTION,
        summary="Suppress an address. 200 with the suppression that exists if it is suppressed already.",
        operation=suppress_address,
        scope=Scope.WRITE,
        reply=SuppressionView,
        status=201,
        body=SuppressionInput,
        errors=(422,),
        extension=True,
    ),
    Endpoint(
        method="DELETE",
        path="/suppressions/:id",
        section=SECTION,
        summary="Lift a suppression.",
        operation=lift_suppression,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="suppression",
    ),
)

SENDER_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/sender-identities",
        section=SECTION,
        summary="List the addresses and numbers from which the workspace sends and at which it receives.",
        operation=list_sender_identities,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=SenderIdentityView,
        query=PageQuery,
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/sender-identities",
        section=SECTION,
        summary="Add an address or number. The oldest of each channel is what messages are sent from.",
        operation=add_sender_identity,
        scope=Scope.ADMIN,
        reply=SenderIdentityView,
        status=201,
        body=SenderIdentityInput,
        errors=(422,),
        extension=True,
    ),
    Endpoint(
        method="DELETE",
        path="/sender-identities/:id",
        section=SECTION,
        summary="Give an address or number up.",
        operation=remove_sender_identity,
        scope=Scope.ADMIN,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="sender_identity",
    ),
)
