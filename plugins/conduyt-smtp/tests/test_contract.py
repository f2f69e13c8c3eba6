import functools
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from conduyt_kit.kernel.clock import SystemClock
from conduyt_kit.kernel.settings import Secret
from conduyt_kit.ports.messages import Callback, ChannelName, DeliveryStatus
from conduyt_kit.ports.signatures import sign
from conduyt_kit.testing.contracts.messages import Delivered, Failure, MessageChannelContract
from conduyt_smtp.channel import SmtpChannel
from conduyt_smtp.settings import SmtpSettings

from .mail_server import PASSWORD, USERNAME, MailServer, wait_until_gone

INBOUND_SECRET = "f00d" * 8
ANSWERS: dict[Failure, tuple[str, str]] = {
    "overloaded": ("MAIL", "451 4.3.2 Too busy, come back later"),
    "recipient": ("RCPT", "550 5.1.1 No such user"),
    "content": ("DATA", "554 5.7.1 Looks like spam"),
    "sender": ("MAIL", "553 5.7.1 Sender address not owned by you"),
}


class SmtpBench:
    kind: ChannelName = "email"
    secrets = (PASSWORD, INBOUND_SECRET)

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.timeout = 10.0

    @functools.cached_property
    def channel(self) -> SmtpChannel:
        settings = SmtpSettings(
            host="127.0.0.1",
            port=self.server.port,
            username=USERNAME,
            password=Secret(PASSWORD),
            ca_file=self.server.ca_file,
            timeout=self.timeout,
            inbound_secret=Secret(INBOUND_SECRET),
        )
        return SmtpChannel(settings, default_sender="Sales <sales@crm.example.org>", clock=SystemClock())

    def delivered(self) -> list[Delivered]:
        return [_delivered(mail) for mail in self.server.parsed()]

    def fail(self, how: Failure | None) -> None:
        self.server.answers.clear()
        self.server.refuse_login = how == "credentials"
        self.server.hang_up_after_data = how == "lost"
        self.server.delay = 0.0
        if how == "slow":
            self.server.delay, self.timeout = 0.6, 0.3
        if how == "unreachable":
            self.server.stop()
            wait_until_gone(self.server.port)
        elif how in ANSWERS:
            command, answer = ANSWERS[how]
            self.server.answers[command] = answer
        if how is None:
            self.server.start_again()

    def status_callback(self, provider_id: str, status: DeliveryStatus) -> Callback | None:
        return None

    def incoming_callback(self, sender: str, recipient: str, text: str) -> Callback | None:
        head = f"From: {sender}\r\nTo: {recipient}\r\nSubject: Re: Offer 1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        body = f"{head}{text}\r\n".encode()
        headers = {"Conduyt-Signature": sign(INBOUND_SECRET, body, SystemClock().now())}
        return Callback(url="https://crm.example.org/api/v1/messages/inbound/smtp", headers=headers, body=body)


def _delivered(mail: EmailMessage) -> Delivered:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return Delivered(
        to=mail["To"],
        text=plain.get_content().replace("\r\n", "\n") if plain else "",
        subject=mail["Subject"],
        html=html.get_content().replace("\r\n", "\n") if html else None,
        headers={name.lower(): str(value) for name, value in mail.items()},
    )


class TestSmtp(MessageChannelContract):
    SIGNATURE = "Conduyt-Signature"

    @pytest.fixture
    def bench(self, server: MailServer) -> Iterator[SmtpBench]:
        bench = SmtpBench(server)
        yield bench
        bench.channel.close()
        server.start_again()
