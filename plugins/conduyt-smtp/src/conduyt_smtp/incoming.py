"""Incoming mail: the raw message as a mail server's pipe posts it, signed with a shared secret."""

import datetime as dt
import email.policy
import hashlib
import re
import unicodedata
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from html.parser import HTMLParser

from conduyt_kit.kernel.errors import InvalidRequest
from conduyt_kit.ports.messages import Callback, IncomingMessage
from conduyt_kit.ports.signatures import header, verify
from conduyt_smtp.errors import PROVIDER

SIGNATURE = "Conduyt-Signature"
_SPACES = re.compile(r"\s+")
# Codecs of Python that are no charsets of mail.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape"})
# What the standard library's parser has been seen to raise on malformed mail, beside its own errors.
_UNREADABLE = (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError, AssertionError)


def read_mail(callback: Callback, secret: str, now: dt.datetime) -> IncomingMessage:
    """Return the message whose raw bytes (RFC 5322) are the callback's body.

    The recipient is the address our own mail server noted (``Delivered-To`` or ``X-Original-To``), else the one of ``To``. A mail
    without a Message-ID gets one made of its content, so that the same mail has the same id.

    Raises:
        SignatureInvalid: the header ``Conduyt-Signature`` does not fit the body.
        InvalidRequest: the body is no mail, or one without a sender.
    """
    verify(header(callback.headers, SIGNATURE), secret, callback.body, now, provider=PROVIDER)
    try:
        mail = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(callback.body)
        text, html = _part(mail, "plain"), _part(mail, "html")
    except _UNREADABLE as error:
        raise InvalidRequest("The body is signed but cannot be read as a mail") from error
    sender = parseaddr(_field(mail, "From") or "")[1]
    recipient = next(
        (address for name in ("Delivered-To", "X-Original-To", "To") if (address := parseaddr(_field(mail, name) or "")[1])), ""
    )
    if "@" not in sender or "@" not in recipient:
        raise InvalidRequest("The body is signed but is no mail with a sender and a recipient")
    return IncomingMessage(
        provider_id=_field(mail, "Message-ID") or f"<{hashlib.sha256(callback.body).hexdigest()}@incoming>",
        sender=sender,
        recipient=recipient,
        subject=_field(mail, "Subject"),
        text=text if text is not None else _text_of(html or ""),
        html=html,
    )


def _field(mail: EmailMessage, name: str) -> str | None:
    try:
        value = mail[name]
        if value is None:
            return None
        text = str(value)
    except _UNREADABLE:
        return None
    return "".join(mark if unicodedata.category(mark) not in ("Cc", "Cs") else " " for mark in text).strip()


def _part(mail: EmailMessage, subtype: str) -> str | None:
    part = mail.get_body(preferencelist=(subtype,))
    if part is None:
        return None
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return None
    return _decoded(payload, part.get_content_charset() or "utf-8").replace("\r\n", "\n").replace("\x00", "")


def _decoded(content: bytes, charset: str) -> str:
    # Mail often lies about its charset; Windows-1252 reads what is left.
    for name in (charset, "utf-8"):
        if name in _NO_CHARSETS:
            continue
        try:
            return content.decode(name).encode("utf-8", "replace").decode()
        except (LookupError, ValueError):
            continue
    return content.decode("windows-1252", "replace")


class _Text(HTMLParser):
    BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6"})
    HIDDEN = frozenset({"style", "script", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self.HIDDEN
        if tag in self.BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in self.HIDDEN))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(_SPACES.sub(" ", data))


def _text_of(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)
