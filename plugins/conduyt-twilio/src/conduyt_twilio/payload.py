"""One `OutgoingMessage` to the form that Twilio takes, and its words for a message's state."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from conduyt_kit.kernel.errors import Unsupported
from conduyt_kit.ports.messages import DeliveryStatus, OutgoingMessage
from conduyt_twilio.errors import PROVIDER

STATUSES: Mapping[str, DeliveryStatus] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
    "receiving": "received",
    "received": "received",
}
STATUS_PATH = "/api/v1/messages/status/twilio"


def form_of(message: OutgoingMessage, *, from_number: str, public_url: str) -> dict[str, str]:
    """Return the fields of the call that sends a message.

    Raises:
        Unsupported: the message has what an SMS cannot carry.
    """
    for field in ("subject", "html", "reply_to"):
        if getattr(message, field):
            raise Unsupported(f"An SMS has no {field}", PROVIDER)
    sender = message.sender or from_number
    form = {"To": message.to, "MessagingServiceSid" if sender.startswith("MG") else "From": sender, "Body": message.text}
    callback = status_url(public_url)
    return {**form, "StatusCallback": callback} if callback else form


def status_url(public_url: str) -> str | None:
    """Return where Twilio reports what became of a message; ``None`` where it could not reach us and would refuse the message."""
    host = urlsplit(public_url).hostname or ""
    try:
        reachable = ipaddress.ip_address(host).is_global
    except ValueError:
        reachable = "." in host and not host.endswith((".localhost", ".local", ".internal", ".localdomain"))
    return public_url.rstrip("/") + STATUS_PATH if reachable else None
