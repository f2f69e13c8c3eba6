"""Signatures of callbacks that carry a time: HMAC-SHA256 over ``<unix seconds>.<body>``, written ``t=<seconds>,v1=<hex>``.

Stripe signs this way, and so do the kit's own providers. The time keeps a recorded callback from being played again later.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping

from conduyt_kit.kernel.errors import SignatureInvalid

TOLERANCE = dt.timedelta(minutes=5)
"""How far the signed time may be from now, either way."""


def sign(secret: str, body: bytes, at: dt.datetime) -> str:
    """Return the signature header of a body sent at a time."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={_digest(secret, seconds, body)}"


def verify(signature: str | None, secret: str, body: bytes, now: dt.datetime, *, provider: str) -> None:
    """Check the signature header of a body, in constant time. Several ``v1`` signatures may stand in it, as while a secret is rotated.

    Raises:
        SignatureInvalid: it is missing, malformed, wrong, or its time is off by more than `TOLERANCE`; or the secret is empty.
    """
    if not secret or not signature:
        raise SignatureInvalid("The callback carries no signature", provider)
    parts = [part.strip().partition("=") for part in signature.split(",")]
    seconds = next((value for name, _, value in parts if name == "t"), "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise SignatureInvalid("The callback's signature has no time", provider)
    expected = _digest(secret, seconds, body).encode()
    if not any(hmac.compare_digest(expected, value.encode(errors="replace")) for name, _, value in parts if name == "v1"):
        raise SignatureInvalid("The callback's signature is wrong", provider)
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise SignatureInvalid("The callback's signature is too old", provider)


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header of a callback, whatever the case of its name."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), None)


def _digest(secret: str, seconds: str, body: bytes) -> str:
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
