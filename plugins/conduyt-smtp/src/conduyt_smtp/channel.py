"""The e-mail channel over SMTP."""

import smtplib

from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.errors import Unsupported
from conduyt_kit.ports.messages import Callback, IncomingMessage, OutgoingMessage, SendResult, StatusUpdate
from conduyt_smtp.connections import Connections
from conduyt_smtp.errors import PROVIDER, answer_lost, translate
from conduyt_smtp.incoming import read_mail
from conduyt_smtp.payload import Envelope, compose
from conduyt_smtp.settings import SmtpSettings


class SmtpChannel:
    """A `MessageChannel` that hands mails to a mail server.

    `send` returns once the server took the message (``sent``); what becomes of it afterwards arrives as mail to the sender's
    address, if at all. The provider's id is the Message-ID, the same at each attempt, but SMTP has no way to send only once: where
    the connection breaks or falls silent once DATA has begun, it raises an uncertain `Temporary`: the message may have been sent.

    Args:
        settings: the section ``smtp``.
        default_sender: the sender of messages that name none.
        clock: for the date of mails and the age of signatures.
    """

    def __init__(self, settings: SmtpSettings, *, default_sender: str, clock: Clock) -> None:
        self._settings = settings
        self._default_sender = default_sender
        self._clock = clock
        self._connections = Connections(settings)

    @property
    def provider(self) -> str:
        return PROVIDER

    def send(self, message: OutgoingMessage) -> SendResult:
        envelope = compose(message, default_sender=self._default_sender, now=self._clock.now())
        try:
            with self._connections.lend() as connection:
                _hand_over(connection, envelope, self._settings.host)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise translate(error, host=self._settings.host) from error
        return SendResult(provider=self.provider, provider_id=envelope.message_id, status="sent")

    def read_status(self, callback: Callback) -> StatusUpdate | None:
        raise Unsupported("SMTP has no delivery callbacks", self.provider)

    def read_incoming(self, callback: Callback) -> IncomingMessage:
        secret = self._settings.inbound_secret.reveal()
        if not secret:
            raise Unsupported("Incoming mail is off; set CONDUYT_SMTP_INBOUND_SECRET to take it", self.provider)
        return read_mail(callback, secret, self._clock.now())

    def check(self) -> str:
        """Connect and log in, and return a sentence on it.

        Raises:
            Temporary: the server cannot be reached.
            Misconfigured: it does not let us in.
        """
        host = f"{self._settings.host}:{self._settings.effective_port}"
        try:
            connection = self._connections.open()
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise translate(error, host=self._settings.host) from error
        connection.close()
        return f"The mail server {host} lets us in ({self._settings.security})"

    def close(self) -> None:
        """Hang up."""
        self._connections.close()


def _hand_over(connection: smtplib.SMTP, envelope: Envelope, host: str) -> None:
    code, text = connection.mail(envelope.sender, _options(connection, envelope))
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, text, envelope.sender)
    code, text = connection.rcpt(envelope.recipient)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({envelope.recipient: (code, text)})
    _hand_over_content(connection, envelope.content, host)


def _options(connection: smtplib.SMTP, envelope: Envelope) -> list[str]:
    options = [f"SIZE={len(envelope.content)}"] if connection.has_extn("size") else []
    if envelope.utf8:
        if not connection.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("SMTPUTF8")
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    return options


def _hand_over_content(connection: smtplib.SMTP, content: bytes, host: str) -> None:
    try:
        code, text = connection.data(content)
    except smtplib.SMTPDataError:
        # The server refused the command itself, so the content never left.
        raise
    except OSError as error:
        raise answer_lost(error, host=host) from error
    if code // 100 in (4, 5):
        raise smtplib.SMTPDataError(code, text)
    if code // 100 != 2:
        raise answer_lost("it cannot be read", host=host)
