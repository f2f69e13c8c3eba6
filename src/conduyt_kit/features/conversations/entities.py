"""The conversation, and which of its messages nobody has read."""

import datetime as dt

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, HasMany, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored


@attrs.frozen(kw_only=True)
class Conversation:
    """The thread with a contact over all channels (R56), as its newest message left it."""

    id: str
    contact_id: str = attrs.field(metadata=stored(ref=ref("contact", on_delete=CASCADE)))
    last_message: str
    last_channel: str
    last_at: dt.datetime
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


CONVERSATION: EntitySpec[Conversation] = entity(
    Conversation,
    name="conversation",
    new_id=ids.sortable("conv_"),
    unique=[Unique(fields=("contact_id",), field="contactId", message="The contact has a conversation already")],
    indexes=[("-last_at",)],
    relations=[HasMany(name="unread", entity="unread_message", field="conversation_id")],
    sort=("-last_at",),
    sortable=("created_at",),
    events=False,
    audited=False,
)


@attrs.frozen(kw_only=True)
class UnreadMessage:
    """Says that an inbound message was not read yet.

    A row for each instead of a number on the conversation: messages that come in at once, and readers meanwhile, never overwrite each
    other's count.
    """

    conversation_id: str = attrs.field(metadata=stored(ref=ref("conversation", on_delete=CASCADE)))
    message_id: str = attrs.field(metadata=stored(ref=ref("message", on_delete=CASCADE)))


UNREAD_MESSAGE: EntitySpec[UnreadMessage] = entity(
    UnreadMessage,
    name="unread_message",
    key=("conversation_id", "message_id"),
    indexes=[("message_id",)],
    events=False,
    audited=False,
    counted=False,
)
