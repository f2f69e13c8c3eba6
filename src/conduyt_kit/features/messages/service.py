"""The use cases of messages. Sending is a durable job, written with the message; what it does is in `sending`."""

import datetime as dt
from typing import Any

from conduyt_kit.features.contacts import CONTACT, Contact
from conduyt_kit.features.messages import addresses, texts
from conduyt_kit.features.messages.contacts_by_address import contact_for, contact_with
from conduyt_kit.features.messages.entities import MESSAGE, Message, Suppression, SuppressionReason
from conduyt_kit.features.messages.events import MessageQueued, MessageReceived
from conduyt_kit.features.messages.keywords import wish_of
from conduyt_kit.features.messages.settings import MessageSettings
from conduyt_kit.features.messages.suppressions import Suppressions
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.messages import ChannelName, IncomingMessage
from conduyt_kit.ports.plan_limits import PLAN_LIMITS

SEND_MESSAGE = "messages.send"
"""The kind of the job that sends one message."""

LONGEST_SMS = 1600
LONGEST_SUBJECT = 500


class Messages:
    """Messages of a workspace's contacts."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._messages = unit.repository(MESSAGE)

    def get(self, id: str) -> Message:
        """Return a message.

        Raises:
            NotFound: no such message.
        """
        return self._messages.get(id)

    def send(self, contact_id: str, channel: ChannelName, body: str, subject: str | None = None) -> Message:
        """Write a message to a contact in a person's name; a job sends it after the commit (R51).

        Args:
            contact_id: the recipient.
            channel: the channel, which decides the recipient's address.
            body: plain text for SMS, HTML for e-mail (R53); the plain part of a mail is made of it.
            subject: of an e-mail (R52); an SMS has none, so it is dropped there.

        Raises:
            ValidationFailed: there is no such contact, or it has no address on the channel or must not be written to there; an e-mail
                has no subject; the body is blank, or too long for an SMS.
            PlanLimitReached: the plan includes no more messages this month.
        """
        contact = self._unit.repository(CONTACT).find(contact_id)
        if contact is None:
            raise ValidationFailed.on("contactId", "Refers to a record that does not exist in this workspace")
        address = _address(contact, channel)
        if not address:
            raise ValidationFailed.on("contactId", f"The contact has no {addresses.noun(channel)}")
        line = _subject(channel, subject)
        _require_body(channel, body)
        forbidden = self._unit[Suppressions].forbids(channel, address, automatic=False)
        if forbidden is not None:
            raise ValidationFailed.on("contactId", f"The contact must not be written to: {why(forbidden)}")
        text = texts.text_of_html(body) if channel == "email" else body
        return self._write(contact_id=contact.id, channel=channel, address=address, subject=line, body=body, text=text)

    def send_email(
        self,
        *,
        contact_id: str,
        subject: str,
        html: str,
        text: str | None = None,
        origin: str,
        list_unsubscribe_url: str | None = None,
        sender: str | None = None,
        reply_to: str | None = None,
    ) -> Message | None:
        """Write an automatic e-mail; a job sends it after the commit.

        Idempotent by `origin`: what this origin wrote before is returned, in whatever state it is. The subject is put into one line.

        Args:
            contact_id: the recipient.
            subject, html: the content, merge fields filled in.
            text: the plain part; made of `html` when omitted.
            origin: what writes, such as ``sequence:enr_1:2``.
            list_unsubscribe_url: where one click unsubscribes (RFC 8058); becomes the headers that mail programs look for.
            sender, reply_to: instead of the workspace's sender identity or the server's sender.

        Returns:
            The message; ``None`` if the contact is gone, has no address or must not be written to.

        Raises:
            PlanLimitReached: the plan includes no more messages this month.
        """
        written = self._messages.first_where(origin=origin)
        if written is not None:
            return written
        contact = self._unit.repository(CONTACT).find(contact_id)
        if contact is None or not contact.email or self._unit[Suppressions].forbids("email", contact.email, automatic=True):
            return None
        return self._write(
            contact_id=contact.id,
            channel="email",
            address=contact.email,
            subject=texts.one_line(subject)[:LONGEST_SUBJECT],
            body=html,
            text=texts.text_of_html(html) if text is None else text,
            origin=origin,
            list_unsubscribe_url=list_unsubscribe_url,
            sender=sender,
            reply_to=reply_to,
        )

    def suppressed(self, whom: Contact | str, channel: ChannelName) -> bool:
        """Whether automatic messages to a contact, or an address, are forbidden on a channel."""
        address = whom if isinstance(whom, str) else _address(whom, channel)
        return bool(address) and self._unit[Suppressions].forbids(channel, address or "", automatic=True) is not None

    def suppress(self, address: str, channel: ChannelName, reason: SuppressionReason, contact_id: str | None = None) -> Suppression:
        """Suppress an address (X17). Suppressing it again changes nothing and returns the first suppression."""
        return self._unit[Suppressions].add(channel, address, reason, contact_id=contact_id)[0]

    def received(self, channel: ChannelName, provider: str, incoming: IncomingMessage) -> Message | None:
        """Take a message that a provider received (R55), of the contact that its sender stands for.

        The words STOP and START of an SMS suppress its number and lift that. Idempotent by the provider's id of the message.

        Returns:
            The message; ``None`` if it comes from nobody we know and such messages are ignored.

        Raises:
            PlanLimitReached: it comes from nobody we know, and the plan allows no more contacts.
        """
        provider_id = texts.storable(incoming.provider_id)
        self._unit.lock(f"inbound:{provider}:{provider_id}")
        known = self._messages.first_where(direction="inbound", provider=provider, provider_id=provider_id)
        if known is not None:
            return known
        address = texts.one_line(texts.storable(incoming.sender))
        contact_id = contact_with(self._unit, channel, address)
        if contact_id is None:
            if self._unit.settings(MessageSettings).unknown_senders == "ignore":
                return None
            contact_id = contact_for(self._unit, channel, address)
        message = self._keep(channel, provider, provider_id, address, contact_id, incoming)
        self._obey(message)
        return message

    def _write(self, **values: Any) -> Message:
        self._unit.provider(PLAN_LIMITS).check(self._unit, "messages")
        message = self._messages.create(
            direction="outbound", status="queued", address_key=addresses.key_of(values["channel"], values["address"]), **values
        )
        self._unit.enqueue(NewJob(kind=SEND_MESSAGE, args={"message": message.id}))
        self._unit.emit(MessageQueued(**told(message, self._unit.now), preview=texts.preview(message.text)))
        return message

    def _keep(
        self, channel: ChannelName, provider: str, provider_id: str, address: str, contact_id: str, incoming: IncomingMessage
    ) -> Message:
        text = texts.storable(incoming.text)
        message = self._messages.create(
            contact_id=contact_id,
            channel=channel,
            direction="inbound",
            subject=texts.one_line(texts.storable(incoming.subject))[:LONGEST_SUBJECT] if incoming.subject else None,
            body=texts.storable(incoming.html) if incoming.html else text,
            text=text,
            status="received",
            address=address,
            address_key=addresses.key_of(channel, address),
            media=tuple(map(texts.storable, incoming.media)),
            provider=provider,
            provider_id=provider_id,
            sent_at=self._unit.now,
        )
        shown = texts.preview(texts.new_part(text)) or texts.preview(message.subject or " ".join(message.media))
        self._unit.emit(MessageReceived(**told(message, self._unit.now), preview=shown))
        return message

    def _obey(self, message: Message) -> None:
        wish = wish_of(message)
        if wish == "stop":
            self._unit[Suppressions].add(message.channel, message.address, "stop", contact_id=message.contact_id)
        elif wish == "start":
            self._unit[Suppressions].lift(message.channel, message.address, reason="stop")


def told(message: Message, at: dt.datetime) -> dict[str, Any]:
    """Return what every event of a message carries."""
    return {
        "message_id": message.id,
        "contact_id": message.contact_id,
        "channel": message.channel,
        "origin": message.origin,
        "at": at,
    }


def why(suppression: Suppression) -> str:
    """Return a suppression's reason as the end of a sentence."""
    return {
        "unsubscribed": "they unsubscribed",
        "stop": "they answered STOP",
        "bounced": "messages to this address came back",
        "complained": "they marked a message as unwanted",
        "manual": "the address is on the suppression list",
    }[suppression.reason]


def _address(contact: Contact, channel: ChannelName) -> str | None:
    return contact.email if channel == "email" else contact.phone


def _subject(channel: ChannelName, subject: str | None) -> str | None:
    if channel != "email":
        return None
    line = texts.one_line(subject or "")[:LONGEST_SUBJECT]
    if not line:
        raise ValidationFailed.on("subject", "An e-mail needs a subject")
    return line


def _require_body(channel: ChannelName, body: str) -> None:
    if not body.strip():
        raise ValidationFailed.on("body", "Must not be blank")
    if channel == "sms" and len(body) > LONGEST_SMS:
        raise ValidationFailed.on("body", f"An SMS has at most {LONGEST_SMS:,} characters")
