"""Signed links by HMAC-SHA256 under a key derived from the installation's secret key for each purpose."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

from conduyt_kit.kernel.errors import NotFound
from conduyt_kit.ports.signed_links import SignedRecord

_SEPARATOR = "\n"
_SIGNATURE_BYTES = 20


class HmacLinks:
    """A `SignedLinks`; the key is asked for at the first use, so that building a kit writes no file."""

    def __init__(self, secret_key: Callable[[], str], public_url: str) -> None:
        self._secret_key = secret_key
        self._public_url = public_url.rstrip("/")

    def token(self, purpose: str, *, workspace: str, id: str) -> str:
        payload = f"{workspace}{_SEPARATOR}{id}".encode()
        return _encode(self._signature(purpose, payload) + payload)

    def url(self, path: str, purpose: str, *, workspace: str, id: str) -> str:
        return self._public_url + path.replace("{token}", self.token(purpose, workspace=workspace, id=id))

    def read(self, token: str, purpose: str) -> SignedRecord:
        data = _decode(token)
        signature, payload = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(purpose, payload)):
            raise NotFound("This link is not valid")
        workspace, _, id = payload.decode("utf-8").partition(_SEPARATOR)
        return SignedRecord(workspace=workspace, id=id)

    def _signature(self, purpose: str, payload: bytes) -> bytes:
        key = hmac.digest(self._secret_key().encode(), f"link:{purpose}".encode(), hashlib.sha256)
        return hmac.digest(key, payload, hashlib.sha256)[:_SIGNATURE_BYTES]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(token: str) -> bytes:
    try:
        return base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return b""
