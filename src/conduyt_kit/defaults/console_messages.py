"""Console e-mail and SMS: messages are printed instead of sent, so that every flow can be tried without an account anywhere."""

import sys
from typing import Literal, TextIO

from conduyt_kit.kernel.errors import Unsupported
from conduyt_kit.ports.messages import Callback, IncomingMessage, OutgoingMessage, SendResult, StatusUpdate


class ConsoleChannel:
    """A `MessageChannel` that writes to a stream (standard error by default) and keeps what it wrote in `sent`, newest last.

    Only the last 1,000 messages are kept.
    """

    KEPT = 1000

    def __init__(self, kind: Literal["email", "sms"], stream: TextIO | None = None) -> None:
        self._kind = kind
        self._stream = stream
        self.sent: list[OutgoingMessage] = []

    @property
    def provider(self) -> str:
        return "console"

    def send(self, message: OutgoingMessage) -> SendResult:
        self.sent.append(message)
        del self.sent[: -self.KEPT]
        subject = f"\nSubject: {message.subject}" if message.subject else ""
        print(
            f"--- {self._kind} (console) ---\nTo: {message.to}{subject}\n\n{message.text}\n---", file=self._stream or sys.stderr, flush=True
        )
        return SendResult(provider=self.provider, provider_id=f"console-{message.id}", status="delivered")

    def read_status(self, callback: Callback) -> StatusUpdate | None:
        raise Unsupported("The console has no callbacks", self.provider)

    def read_incoming(self, callback: Callback) -> IncomingMessage:
        raise Unsupported("The console receives nothing", self.provider)
