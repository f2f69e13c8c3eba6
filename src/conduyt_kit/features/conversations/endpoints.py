"""The documented endpoints of conversations, and reading them (X11)."""

import datetime as dt
from typing import Annotated, Any

import attrs
import msgspec
from msgspec import Meta

from conduyt_kit.features.conversations.entities import CONVERSATION, Conversation
from conduyt_kit.features.conversations.service import COUNTS, INCLUDE, Conversations
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import Loaded

SECTION = "Conversations"


@attrs.frozen(kw_only=True)
class ThreadQuery:
    limit: Annotated[int, Meta(ge=1, le=1000, description="Only the latest messages, this many (default: all)")] | None = None


@attrs.frozen(kw_only=True)
class ConversationView:
    """A thread as lists show it. Before the first message a contact's thread has no id and nothing last."""

    id: str | None
    contact_id: str
    contact_name: str
    last_message: str | None
    last_channel: str | None
    last_at: dt.datetime | None
    unread_count: int


@attrs.frozen(kw_only=True)
class ThreadMessage:
    """A message of a thread, as in the list of messages: only an e-mail has a subject."""

    id: str
    contact_id: str
    channel: str
    direction: str
    subject: str | msgspec.UnsetType | None = msgspec.UNSET
    body: str
    status: str
    sent_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class ThreadView(ConversationView):
    """A thread with all its messages, oldest first."""

    messages: list[ThreadMessage]


def list_conversations(call: Call[PageQuery, None]) -> Listing:
    return list_records(call, CONVERSATION, view, include=INCLUDE, counts=COUNTS)


def get_conversation(call: Call[ThreadQuery, None]) -> ThreadView:
    shown = _shown(call, call.path["contactId"])
    messages = call.unit[Conversations].messages(shown.contact_id, limit=call.query.limit) if shown.id else ()
    return ThreadView(**attrs.asdict(shown, recurse=False), messages=[_message(found) for found in messages])


def read_conversation(call: Call[None, None]) -> ConversationView:
    call.unit[Conversations].read(call.path["contactId"])
    return _shown(call, call.path["contactId"])


def view(found: Loaded[Conversation]) -> ConversationView:
    conversation = found.record
    return ConversationView(
        id=conversation.id,
        contact_id=conversation.contact_id,
        contact_name=_name(found.related["contact_id"]),
        last_message=conversation.last_message,
        last_channel=conversation.last_channel,
        last_at=conversation.last_at,
        unread_count=found.counts["unread"],
    )


def _shown(call: Call[Any, Any], contact_id: str) -> ConversationView:
    conversations = call.unit[Conversations]
    found = conversations.with_contact(contact_id)
    if found is not None:
        return view(found)
    contact = conversations.contact(contact_id)
    return ConversationView(
        id=None,
        contact_id=contact.id,
        contact_name=_name(contact),
        last_message=None,
        last_channel=None,
        last_at=None,
        unread_count=0,
    )


def _name(contact: Any) -> str:
    return f"{contact.first_name} {contact.last_name}".strip()


def _message(message: Any) -> ThreadMessage:
    fields = [field.name for field in attrs.fields(ThreadMessage) if field.name != "subject" or message.channel == "email"]
    return ThreadMessage(**{name: getattr(message, name) for name in fields})


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/conversations",
        section=SECTION,
        summary="List all conversation threads with latest message preview.",
        operation=list_conversations,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=ConversationView,
        query=PageQuery,
    ),
    Endpoint(
        method="GET",
        path="/conversations/:contactId",
        section=SECTION,
        summary="Get the full conversation thread for a specific contact, with all messages across channels.",
        operation=get_conversation,
        scope=Scope.READ,
        reply=ThreadView,
        query=ThreadQuery,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/conversations/:contactId/read",
        section=SECTION,
        summary="Mark a contact's messages as read.",
        operation=read_conversation,
        scope=Scope.WRITE,
        reply=ConversationView,
        errors=(404,),
        extension=True,
    ),
)
