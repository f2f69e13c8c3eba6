"""The port for HTTP requests to addresses that users wrote down: webhooks, automations.

Such an address may name anything, the inside of the server's own network included, so a provider dials only what it has checked: at
every request, every address that the host name resolves to. It follows no redirect and no proxy of the environment.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import attrs

from conduyt_kit.kernel.environment import Port

MOST_OF_A_REPLY = 64 * 1024
"""Bytes of a reply's body that are read; the rest is not waited for."""


@attrs.frozen(kw_only=True)
class HttpReply:
    """What the other side answered, whatever its status.

    `headers` have lower-case names. `body` ends after `MOST_OF_A_REPLY` bytes. `duration` is in milliseconds, with the connection.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    duration: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300


class OutgoingHttp(Protocol):
    """Posts to foreign addresses. Thread-safe."""

    def check(self, url: str) -> None:
        """Check an address as far as that is possible without the network, for inputs.

        Raises:
            ValueError: with a sentence on what is wrong and what would be right.
        """

    def turn(self, workspace: str, endpoint: str) -> AbstractContextManager[None]:
        """Take one of the few places that a workspace and an endpoint have in this process, so that a slow one delays only itself.

        Raises:
            Temporary: all places are taken; `retry_after` says when to ask again.
        """

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        """Post a body and return the answer.

        Raises:
            Rejected: the address, or one that its host name resolves to right now, is not to be called. Nothing was connected.
            Temporary: there was no whole answer: no such host, refused, reset, too slow, no trustworthy certificate.
        """


OUTGOING_HTTP: Port[OutgoingHttp] = Port("outgoing_http", "how webhooks and automations are called")
