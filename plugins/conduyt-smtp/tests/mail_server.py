"""A mail server in this process, with STARTTLS and a login, that fails as it is told."""

import asyncio
import email
import email.policy
import ssl
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USERNAME, PASSWORD = "crm", "correct-horse-battery"


class MailServer:
    """Takes mail on a port of 127.0.0.1; `answers` overrides what it says to a command (RCPT, MAIL, DATA)."""

    def __init__(self, folder: Path, *, implicit_tls: bool = False, starttls: bool = True, login: bool = True, utf8: bool = True) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.reset()
        options: dict[str, Any] = {"enable_SMTPUTF8": utf8, "server_hostname": "mail.example.org"}
        if login:
            options |= {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": starttls and not implicit_tls}
        if starttls and not implicit_tls:
            options |= {"tls_context": context, "require_starttls": True}
        self._options = options
        self._implicit = context if implicit_tls else None
        self.port = 0
        self.start()

    def reset(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.answers: dict[str, str] = {}
        self.delay = 0.0
        self.refuse_login = False
        self.hang_up_after_data = False
        self.logins = 0

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ssl_context=self._implicit, **self._options)
        if self.port == 0:
            self._controller.port = self.port = _free_port()
        self._controller.start()
        self._running = True

    def start_again(self) -> None:
        if not self._running:
            self.start()

    def stop(self) -> None:
        if self._running:
            self._running = False
            self._controller.stop()

    def parsed(self) -> list[EmailMessage]:
        return [email.message_from_bytes(content, EmailMessage, policy=email.policy.default) for _, _, content in self.mails]

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        if self.refuse_login or not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        right = (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
        self.logins += right
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        if "MAIL" not in self.answers:
            envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" not in self.answers:
            content = envelope.content
            assert isinstance(content, bytes)
            assert envelope.mail_from is not None
            self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), content))
        if self.hang_up_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.answers.get("DATA", "250 OK")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_gone(port: int) -> None:
    import socket

    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
        except OSError:
            return
        time.sleep(0.005)
