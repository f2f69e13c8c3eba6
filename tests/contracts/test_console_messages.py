import io

import pytest

from conduyt_kit.defaults.console_messages import ConsoleChannel
from conduyt_kit.ports.messages import Callback, ChannelName, DeliveryStatus, OutgoingMessage
from conduyt_kit.testing.contracts.messages import Delivered, Failure, MessageChannelContract


class ConsoleBench:
    secrets: tuple[str, ...] = ()

    def __init__(self, kind: ChannelName) -> None:
        self.kind: ChannelName = kind
        self.written = io.StringIO()
        self.channel = ConsoleChannel(kind, self.written)

    def delivered(self) -> list[Delivered]:
        headers = ["to", "subject"]
        return [
            Delivered(to=m.to, text=m.text, subject=m.subject, html=m.html, headers=dict.fromkeys(headers, "")) for m in self.channel.sent
        ]

    def fail(self, how: Failure | None) -> None:
        raise AssertionError(how)

    def status_callback(self, provider_id: str, status: DeliveryStatus) -> Callback | None:
        return None

    def incoming_callback(self, sender: str, recipient: str, text: str) -> Callback | None:
        return None


class TestConsoleEmail(MessageChannelContract):
    FAILURES = frozenset()

    @pytest.fixture
    def bench(self) -> ConsoleBench:
        return ConsoleBench("email")


class TestConsoleSms(MessageChannelContract):
    FAILURES = frozenset()

    @pytest.fixture
    def bench(self) -> ConsoleBench:
        return ConsoleBench("sms")


def test_console_prints_recipient_subject_and_text() -> None:
    bench = ConsoleBench("email")

    bench.channel.send(OutgoingMessage(id="m1", to="sarah@example.org", subject="Hi", text="Hello"))

    assert bench.written.getvalue() == "--- email (console) ---\nTo: sarah@example.org\nSubject: Hi\n\nHello\n---\n"


def test_console_keeps_the_last_thousand_messages() -> None:
    bench = ConsoleBench("sms")

    for number in range(1005):
        bench.channel.send(OutgoingMessage(id=str(number), to="+14155552671", text="Hello"))

    assert [message.id for message in (bench.channel.sent[0], bench.channel.sent[-1])] == ["5", "1004"]
    assert len(bench.channel.sent) == 1000
