"""One `OutgoingMessage` to the bytes and the envelope that go to the mail server."""

import datetime as dt
import email.policy
import hashlib
import re
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime

import attrs

from conduyt_kit.kernel.errors import Misconfigured, Rejected
from conduyt_kit.ports.messages import OutgoingMessage
from conduyt_smtp.addresses import Mailbox, mailbox
from conduyt_smtp.headers import checked, encoded

RESERVED = frozenset({
    "bcc", "cc", "date", "from", "message-id", "mime-version", "received", "reply-to", "return-path", "sender", "subject", "to",
})  # fmt: skip
"""Headers that the message's own fields make; others may be given, except those that begin with ``content-`` or ``resent-``."""
LONGEST_LINE = 998
_DOT_ATOM = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
# Seven bits pass every server, whatever extensions it knows.
_MIME = email.policy.SMTP.clone(cte_type="7bit")


@attrs.frozen(kw_only=True)
class Envelope:
    """What the server is given. `utf8` says that it must know SMTPUTF8."""

    sender: str
    recipient: str
    message_id: str
    content: bytes
    utf8: bool


def compose(message: OutgoingMessage, *, default_sender: str, now: dt.datetime) -> Envelope:
    """Return a message ready to be sent; the same message has the same Message-ID each time.

    Mail from `default_sender`, the server's own, is marked ``Auto-Submitted: auto-generated``, so that holiday replies leave it alone;
    the message's `headers` may say otherwise.

    Raises:
        Misconfigured: the default sender is no address.
        Rejected: an address is none, a header is reserved or cannot be written, a text cannot be encoded.
    """
    sender = mailbox(message.sender, "sender") if message.sender else _own_sender(default_sender)
    recipient = mailbox(message.to, "recipient")
    reply_to = mailbox(message.reply_to, "reply address") if message.reply_to else None
    identifier = message_id(message.id, sender.domain)
    fields = [("From", sender.header("From")), ("To", recipient.header("To"))]
    if reply_to is not None:
        fields.append(("Reply-To", reply_to.header("Reply-To")))
    if message.subject is not None:
        fields.append(("Subject", encoded("Subject", checked("Subject", message.subject))))
    fields += [("Date", format_datetime(now)), ("Message-ID", identifier), *_further(message)]
    content = _head(fields) + _body(message)
    verify_headers(content, [name for name, _ in fields])
    return Envelope(
        sender=sender.address,
        recipient=recipient.address,
        message_id=identifier,
        content=content,
        utf8=_needs_utf8(sender, recipient, reply_to),
    )


def _own_sender(text: str) -> Mailbox:
    try:
        return mailbox(text, "sender")
    except Rejected as error:
        raise Misconfigured(f"{error.message}; correct CONDUYT_MAIL_FROM", "smtp") from error


def message_id(id: str, domain: str) -> str:
    """Return the Message-ID of a message: made of its id and the sender's domain."""
    local = id if _DOT_ATOM.fullmatch(id) and len(id) <= 64 else hashlib.sha256(id.encode(errors="replace")).hexdigest()
    return f"<{local}@{domain}>"


def _further(message: OutgoingMessage) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    seen: set[str] = set()
    for name, value in message.headers.items():
        low = name.lower()
        if low in RESERVED or low.startswith(("content-", "resent-")):
            raise Rejected(f"The header {name} is made by the message itself and cannot be given", "smtp")
        if low in seen:
            raise Rejected(f"The header {name} is given twice", "smtp")
        seen.add(low)
        fields.append((name, encoded(name, checked(name, value))))
    if message.sender or "auto-submitted" in seen:
        return fields
    return [("Auto-Submitted", "auto-generated"), *fields]


def _head(fields: list[tuple[str, str]]) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    if any(len(line) > LONGEST_LINE for line in head.split("\r\n")):
        raise Rejected("A header of the message holds a word that is too long for a mail", "smtp")
    return head.encode()


def _body(message: OutgoingMessage) -> bytes:
    part = EmailMessage(policy=_MIME)
    try:
        if message.html is None:
            part.set_content(message.text)
        elif message.text.strip():
            part.set_content(message.text)
            part.add_alternative(message.html, subtype="html")
        else:
            part.set_content(message.html, subtype="html")
        return part.as_bytes()
    except UnicodeEncodeError as error:
        raise Rejected("The message holds half of a surrogate pair, which no mail can carry", "smtp") from error


def verify_headers(content: bytes, names: list[str]) -> None:
    """Read the mail again, as a server would, and refuse it unless it has exactly the headers it was given."""
    found = BytesHeaderParser(policy=email.policy.compat32).parsebytes(content)
    mime = {"content-type", "content-transfer-encoding", "mime-version"}
    got = [name.lower() for name in found if name.lower() not in mime]
    if got != [name.lower() for name in names] or found.defects:
        raise Rejected("The message's headers would not arrive as they are meant", "smtp")


def _needs_utf8(*mailboxes: Mailbox | None) -> bool:
    return any(item is not None and item.needs_utf8 for item in mailboxes)
