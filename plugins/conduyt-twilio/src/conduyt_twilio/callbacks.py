"""Twilio's callbacks: whether they are Twilio's, and what they say."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from conduyt_kit.kernel.errors import InvalidRequest, SignatureInvalid
from conduyt_kit.ports.messages import Callback, IncomingMessage, StatusUpdate
from conduyt_kit.ports.signatures import header
from conduyt_twilio.errors import PROVIDER, reason_of
from conduyt_twilio.payload import STATUSES

SIGNATURE = "X-Twilio-Signature"
MOST_MEDIA = 10
_MOST_FIELDS = 200
_USUAL_PORTS = {"https": 443, "http": 80}


def read_status(callback: Callback, token: str) -> StatusUpdate | None:
    """Return what a status callback says; ``None`` for a status we do not know or one of no message.

    Raises:
        SignatureInvalid: it is not Twilio's.
    """
    fields = dict(verified(callback, token))
    status = STATUSES.get(fields.get("MessageStatus") or fields.get("SmsStatus") or "")
    sid = fields.get("MessageSid") or fields.get("SmsSid")
    if not sid or status is None or status == "received":
        return None
    return StatusUpdate(provider_id=sid, status=status, reason=reason_of(fields.get("ErrorCode")) if status == "failed" else None)


def read_incoming(callback: Callback, token: str) -> IncomingMessage:
    """Return the message that a callback brings; of pictures and other media their links.

    Raises:
        SignatureInvalid: it is not Twilio's.
        InvalidRequest: it is signed but brings no message.
    """
    fields = dict(verified(callback, token))
    sid, sender, recipient = fields.get("MessageSid"), fields.get("From"), fields.get("To")
    if not sid or not sender or not recipient:
        raise InvalidRequest("The callback is signed but brings no message")
    links = (fields.get(f"MediaUrl{number}") for number in range(MOST_MEDIA))
    return IncomingMessage(
        provider_id=sid, sender=sender, recipient=recipient, text=fields.get("Body", ""), media=tuple(link for link in links if link)
    )


def verified(callback: Callback, token: str) -> list[tuple[str, str]]:
    """Return a callback's form fields.

    Raises:
        SignatureInvalid: ``X-Twilio-Signature`` is missing or is not the one of address and fields.
    """
    given = header(callback.headers, SIGNATURE)
    if not given or not token:
        raise SignatureInvalid("The callback carries no signature of Twilio's", PROVIDER)
    fields = _fields(callback)
    sent = given.encode(errors="replace")
    # Twilio may sign the address with its port or without it, so its own libraries try both as well.
    if not any(hmac.compare_digest(signature(url, fields, token), sent) for url in _spellings(callback.url)):
        raise SignatureInvalid("The callback's signature is not Twilio's", PROVIDER)
    return fields


def signature(url: str, fields: Iterable[tuple[str, str]], token: str) -> bytes:
    """Return Twilio's signature of a form sent to an address: the fields sorted by name, each name and value once."""
    signed = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(errors="replace"), hashlib.sha1).digest())


def _fields(callback: Callback) -> list[tuple[str, str]]:
    if not callback.body:
        return list(callback.parameters.items())
    try:
        return parse_qsl(callback.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise SignatureInvalid("The callback is no form of Twilio's", PROVIDER) from error


def _spellings(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return [url]
    usual = _USUAL_PORTS.get(parts.scheme)
    if port is None and usual is not None:
        return [url, urlunsplit(parts._replace(netloc=f"{parts.netloc}:{usual}"))]
    return [url, urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))]
