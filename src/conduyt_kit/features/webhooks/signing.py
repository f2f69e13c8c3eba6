"""Signatures by the Standard Webhooks specification (R74, A26), so that its public verifier libraries accept them."""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from conduyt_kit.features.webhooks.entities import Webhook

_PREFIX = "whsec_"
MASKED = f"{_PREFIX}..."
"""How a secret is shown after it was shown once."""


def new_secret() -> str:
    """Return a fresh secret."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def valid_secrets(webhook: Webhook, now: dt.datetime) -> Sequence[str]:
    """Return what to sign with: the secret, and for a time after a rotation the one before."""
    until = webhook.previous_until
    if webhook.previous_signing_secret is None or until is None or until <= now:
        return (webhook.signing_secret,)
    return (webhook.signing_secret, webhook.previous_signing_secret)


def signed_headers(message_id: str, body: bytes, at: dt.datetime, keys: Sequence[str]) -> dict[str, str]:
    """Return the headers that carry a message's id, the time of the attempt, and one signature for each secret."""
    timestamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(key, content) for key in keys),
    }


def _signature(key: str, content: bytes) -> str:
    digest = hmac.new(base64.b64decode(key.removeprefix(_PREFIX)), content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
