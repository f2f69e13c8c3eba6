"""The use cases of conversations, which are kept up to date by the events of messages."""

import datetime as dt
from typing import Any

from conduyt_kit.features.conversations.entities import CONVERSATION, UNREAD_MESSAGE, Conversation, UnreadMessage
from conduyt_kit.kernel.errors import NotFound
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.query import Compare, Loaded, Op, both, query, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

INCLUDE = ("contact_id",)
COUNTS = ("unread",)


class Conversations:
    """The threads of a workspace. A conversation read here comes with its contact and the number of unread messages."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._conversations = unit.repository(CONVERSATION)

    def with_contact(self, contact_id: str) -> Loaded[Conversation] | None:
        """Return the conversation with a contact; ``None`` before the first message.

        Raises:
            NotFound: no such contact.
        """
        wanted = self._unit.canonical_refs(CONVERSATION, {"contact_id": contact_id})
        page = self._conversations.page(query(CONVERSATION, where(**wanted), limit=1, include=INCLUDE, counts=COUNTS))
        if page.items:
            return page.items[0]
        self.contact(contact_id)
        return None

    def contact(self, contact_id: str) -> Any:
        """Return a contact.

        Raises:
            NotFound: no such contact.
        """
        contacts = self._unit.repository_named("contact")
        if contacts is None:
            raise NotFound.of("contact", contact_id)
        return contacts.get(contact_id)

    def messages(self, contact_id: str, *, limit: int | None = None) -> tuple[Any, ...]:
        """Return the messages of a contact over all channels, oldest first (R59); with `limit` the latest of them."""
        messages = self._unit.repository_named("message")
        if messages is None:
            return ()
        condition = where(**self._unit.canonical_refs(CONVERSATION, {"contact_id": contact_id}))
        return tuple(reversed(messages.all(condition, sort=("-created_at",), limit=limit)))

    def read(self, contact_id: str) -> int:
        """Mark the messages that are there now as read and return how many were not; one that comes in meanwhile stays unread (X11).

        Raises:
            NotFound: no such contact.
        """
        conversation = self.with_contact(contact_id)
        if conversation is None:
            return 0
        unread = self._unit.repository(UNREAD_MESSAGE)
        ids = tuple(row.message_id for row in unread.all(where(conversation_id=conversation.record.id), sort=("message_id",)))
        if not ids:
            return 0
        messages = self._unit.repository_named("message")
        if messages is not None:
            messages.update_where(Compare("id", Op.IN, ids), read_at=self._unit.now)
        return unread.delete_where(both(where(conversation_id=conversation.record.id), Compare("message_id", Op.IN, ids)))

    def note(self, contact_id: str, message_id: str, *, preview: str, channel: str, at: dt.datetime, unread: bool) -> None:
        """Take a message into the conversation with its contact, which begins with the first one.

        The conversation shows its newest message in whatever order messages are taken in.
        """
        shown: dict[str, Any] = {"last_message": preview, "last_channel": channel, "last_at": at}
        first = Conversation(
            id=CONVERSATION.new_id() if CONVERSATION.new_id else "", contact_id=contact_id, created_at=self._unit.now, **shown
        )
        conversation, is_new = self._unit.transaction.upsert(CONVERSATION, first, by=("contact_id",), update=())
        if not is_new:
            older = both(where(id=conversation.id), Compare("last_at", Op.LE, at))
            self._conversations.update_where(older, **shown)
        if unread:
            self._unit.repository(UNREAD_MESSAGE).add(UnreadMessage(conversation_id=conversation.id, message_id=message_id))


def note_message(unit: UnitOfWork, happened: Happened) -> None:
    """Take a message into its conversation; inside the transaction that writes it."""
    data = happened.data
    unit[Conversations].note(
        data["contactId"],
        data["messageId"],
        preview=data["preview"],
        channel=data["channel"],
        at=dt.datetime.fromisoformat(data["at"]),
        unread=happened.name == "message.received",
    )
