"""One exchange with a receiver, as the delivery log keeps it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.features.webhooks.entities import Webhook
from conduyt_kit.features.webhooks.signing import signed_headers, valid_secrets
from conduyt_kit.kernel.encoding import timestamp
from conduyt_kit.kernel.errors import ProviderError
from conduyt_kit.ports.outgoing_http import HttpReply, OutgoingHttp

MOST_KEPT = 20
"""Exchanges that a delivery keeps."""

_LONGEST_BODY = 4000
_LONGEST_VALUE = 300
_MOST_HEADERS = 30


@attrs.frozen(kw_only=True)
class Exchange:
    """What was sent and what came back: a reply, or why there was none."""

    at: dt.datetime
    headers: Mapping[str, str]
    reply: HttpReply | None = None
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.reply is not None and self.reply.succeeded

    @property
    def status_code(self) -> int | None:
        return None if self.reply is None else self.reply.status

    @property
    def problem(self) -> str | None:
        """Return what went wrong, in words; ``None`` for a success."""
        if self.reply is None:
            return self.error
        return None if self.reply.succeeded else f"The receiver answered with the status {self.reply.status}"

    def entry(self, attempt: int) -> dict[str, Any]:
        """Return the bounded entry of the delivery log."""
        shown: dict[str, Any] = {"attempt": attempt, "at": timestamp(self.at), "requestHeaders": dict(self.headers)}
        if self.reply is None:
            return shown | {"statusCode": None, "error": self.error}
        return shown | {
            "statusCode": self.reply.status,
            "responseTime": self.reply.duration,
            "responseHeaders": _bounded(self.reply.headers),
            "responseBody": _text(self.reply.body),
        }


def exchange(http: OutgoingHttp, webhook: Webhook, *, message_id: str, body: bytes, at: dt.datetime) -> Exchange:
    """Send a signed message to a webhook and return what came of it; never raises for what the receiver does."""
    signed = signed_headers(message_id, body, at, valid_secrets(webhook, at))
    headers = {"Content-Type": "application/json", "User-Agent": "Conduyt-Webhooks/1", **signed}
    try:
        return Exchange(at=at, headers=headers, reply=http.post(webhook.url, body, headers))
    except ProviderError as error:
        return Exchange(at=at, headers=headers, error=error.message)


def _bounded(headers: Mapping[str, str]) -> dict[str, str]:
    return {_storable(name)[:_LONGEST_VALUE]: _storable(value)[:_LONGEST_VALUE] for name, value in list(headers.items())[:_MOST_HEADERS]}


def _text(body: bytes) -> str:
    return _storable(body[:_LONGEST_BODY].decode("utf-8", "replace"))


def _storable(text: str) -> str:
    # No database takes NUL; headers are Latin-1 and may hold anything.
    return text.replace("\x00", "�")
