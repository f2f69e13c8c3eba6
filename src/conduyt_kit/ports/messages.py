"""The port for sending e-mail and SMS.

A channel sends one message and says what became of it; it keeps no queue and never retries: the kit's durable jobs do. Errors are
`ProviderError` kinds: `Temporary` is tried again, `Rejected` is final, `Misconfigured` names the setting, `Unsupported` says what
the channel lacks.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

import attrs

from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.errors import ValidationFailed

ChannelName = Literal["email", "sms"]
DeliveryStatus = Literal["queued", "sent", "delivered", "failed", "received"]


@attrs.frozen(kw_only=True)
class OutgoingMessage:
    """One message to one recipient.

    `id` is stable over attempts; where the provider knows idempotency keys or message ids, it is theirs. `text` is the plain body of
    an SMS, or the plain part of an e-mail whose HTML part is `html`. `headers` are further e-mail headers; a name or value with a
    line break is refused, never folded into the message.
    """

    id: str
    to: str
    text: str
    subject: str | None = None
    html: str | None = None
    sender: str | None = None
    reply_to: str | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        fields = {"to": self.to, "subject": self.subject, "sender": self.sender, "replyTo": self.reply_to, **self.headers}
        for name, value in fields.items():
            if any(mark in f"{name}{value or ''}" for mark in ("\r", "\n", "\x00")):
                raise ValidationFailed.on(name.split("\n", 1)[0], "Must not contain line breaks or NUL characters")


@attrs.frozen(kw_only=True)
class SendResult:
    """What the provider answered: its own id of the message, and the status it is in now."""

    provider: str
    provider_id: str | None
    status: DeliveryStatus = "sent"


@attrs.frozen(kw_only=True)
class StatusUpdate:
    """A provider's callback on a message it was given."""

    provider_id: str
    status: DeliveryStatus
    reason: str | None = None


@attrs.frozen(kw_only=True)
class IncomingMessage:
    """A message that a provider received for us."""

    provider_id: str
    sender: str
    recipient: str
    text: str
    subject: str | None = None
    html: str | None = None
    media: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Callback:
    """A provider's HTTP request as it came, for its signature to be checked: `url` is the public address it was sent to."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    parameters: Mapping[str, str] = attrs.field(factory=dict)


class MessageChannel(Protocol):
    """Sends messages of one kind through one provider. Thread-safe."""

    @property
    def provider(self) -> str:
        """Return the provider's name, as in ``POST /messages/inbound/:provider``."""

    def send(self, message: OutgoingMessage) -> SendResult:
        """Send one message.

        Raises:
            Temporary: it may work later.
            Rejected: the provider refuses this message for good; the message says why in words a person understands.
            Misconfigured: credentials or sender are wrong.
        """

    def read_status(self, callback: Callback) -> StatusUpdate | None:
        """Return what a status callback says, or ``None`` where it says nothing of interest.

        Raises:
            SignatureInvalid: the callback is not the provider's.
            Unsupported: the provider has no status callbacks.
        """

    def read_incoming(self, callback: Callback) -> IncomingMessage:
        """Return the message an inbound callback brings.

        Raises:
            SignatureInvalid: the callback is not the provider's.
            Unsupported: the provider has no inbound messages.
        """


EMAIL_CHANNEL: Port[MessageChannel] = Port("email", "how e-mail is sent")
SMS_CHANNEL: Port[MessageChannel] = Port("sms", "how SMS are sent")
