"""The contract of a message channel, as a pytest class to subclass.

Override the fixture `bench`, which gives the channel and a hold on the provider behind it::

    class TestAcmeSms(MessageChannelContract):
        @pytest.fixture
        def bench(self):
            with AcmeServer() as server:
                yield AcmeBench(server)

The bench plays the provider: it shows what arrived, fails on demand and signs callbacks.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Literal, Protocol, get_args

import attrs
import pytest

from conduyt_kit.kernel.errors import Misconfigured, ProviderError, Rejected, SignatureInvalid, Temporary, Unsupported, ValidationFailed
from conduyt_kit.ports.messages import Callback, ChannelName, DeliveryStatus, MessageChannel, OutgoingMessage

Failure = Literal["unreachable", "slow", "overloaded", "lost", "recipient", "content", "credentials", "sender"]
"""The ways in which a provider fails: no connection; no answer in time; a temporary refusal; the message taken, but the connection gone
before the answer; a final refusal of the recipient or of the content; wrong credentials; a sender it does not let us use."""
EXPECTED: Mapping[Failure, type[ProviderError]] = {
    "unreachable": Temporary,
    "slow": Temporary,
    "overloaded": Temporary,
    "lost": Temporary,
    "recipient": Rejected,
    "content": Rejected,
    "credentials": Misconfigured,
    "sender": Misconfigured,
}
BREAKS = ("\r\n", "\n", "\r", "\x00", "\r\n ", "\n\t", "\r\n\r\n")


@attrs.frozen(kw_only=True)
class Delivered:
    """A message as the provider got it; `headers` of an e-mail, with lower-case names, decoded."""

    to: str
    text: str
    subject: str | None = None
    html: str | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)


class ChannelBench(Protocol):
    """A channel and the provider behind it."""

    @property
    def kind(self) -> ChannelName:
        """Return what the channel sends."""

    @property
    def channel(self) -> MessageChannel:
        """Return the channel, pointed at the provider of the bench."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the secrets that no error may show."""

    def delivered(self) -> list[Delivered]:
        """Return what has arrived, oldest first."""

    def fail(self, how: Failure | None) -> None:
        """Fail in this way from now on, with ``None`` no more. Only called for those of `MessageChannelContract.FAILURES`.

        A message whose answer is ``lost`` counts as delivered.
        """

    def status_callback(self, provider_id: str, status: DeliveryStatus) -> Callback | None:
        """Return the signed callback that says a message has this status, or ``None`` where the provider has no such callbacks."""

    def incoming_callback(self, sender: str, recipient: str, text: str) -> Callback | None:
        """Return the signed callback that brings a message, or ``None`` where the provider brings none."""


class MessageChannelContract:
    """Every promise of `conduyt_kit.ports.messages.MessageChannel`. Override `bench`; name the FAILURES it can play."""

    FAILURES: ClassVar[frozenset[Failure]] = frozenset(get_args(Failure))
    """A channel that cannot fail, such as the console, has none."""
    SIGNATURE: ClassVar[str] = ""
    """The header that signs callbacks, where the provider has callbacks."""

    @pytest.fixture
    def bench(self) -> ChannelBench:
        pytest.fail("Override the fixture bench: see the docstring of conduyt_kit.testing.contracts.messages")

    # Sending

    def test_sent_message_arrives_whole(self, bench: ChannelBench) -> None:
        result = bench.channel.send(_message(bench))

        assert result.provider == bench.channel.provider
        assert result.provider_id
        assert result.status in ("queued", "sent", "delivered")
        [arrived] = bench.delivered()
        assert arrived.to == _recipient(bench)
        assert arrived.text.strip() == "Hello Sarah,\nthe offer is ready. Grüße, 李 👋"
        if bench.kind == "email":
            assert arrived.subject == "Offer №7 for Sarah"

    def test_text_with_lone_dots_and_long_lines_arrives_unchanged(self, bench: ChannelBench) -> None:
        text = f"first\n.\n..\n.hidden\n{'x' * 1200}\nlast"

        bench.channel.send(_message(bench, text=text))

        [arrived] = bench.delivered()
        assert arrived.text.strip() == text

    def test_messages_of_many_threads_all_arrive_once(self, bench: ChannelBench) -> None:
        texts = [f"message {number}" for number in range(24)]

        with ThreadPoolExecutor(6) as pool:
            results = list(pool.map(lambda text: bench.channel.send(_message(bench, id=text.replace(" ", "-"), text=text)), texts))

        assert sorted(item.text.strip() for item in bench.delivered()) == sorted(texts)
        assert len({result.provider_id for result in results}) == 24

    # Failing

    @pytest.mark.parametrize("how", get_args(Failure))
    def test_each_failure_has_its_kind_names_the_provider_and_shows_no_secret(self, bench: ChannelBench, how: Failure) -> None:
        self._needs(how)
        bench.fail(how)

        with pytest.raises(EXPECTED[how]) as caught:
            bench.channel.send(_message(bench))

        assert type(caught.value) is EXPECTED[how]
        assert caught.value.provider == bench.channel.provider
        assert len(caught.value.message) > 20
        assert not [secret for secret in bench.secrets if secret in repr(caught.value) or secret in str(caught.value)]
        assert len(bench.delivered()) == (1 if how == "lost" else 0)

    @pytest.mark.parametrize(("how", "uncertain"), [("unreachable", False), ("overloaded", False), ("lost", True)])
    def test_failure_is_uncertain_only_where_the_message_may_have_been_sent(
        self, bench: ChannelBench, how: Failure, uncertain: bool
    ) -> None:
        self._needs(how)
        bench.fail(how)

        with pytest.raises(Temporary) as caught:
            bench.channel.send(_message(bench))

        assert caught.value.uncertain is uncertain

    @pytest.mark.parametrize("how", get_args(Failure))
    def test_channel_works_again_after_a_failure(self, bench: ChannelBench, how: Failure) -> None:
        self._needs(how)
        bench.fail(how)
        with pytest.raises(ProviderError):
            bench.channel.send(_message(bench))
        bench.fail(None)
        before = len(bench.delivered())

        bench.channel.send(_message(bench))

        assert len(bench.delivered()) == before + 1

    @pytest.mark.parametrize("mark", BREAKS)
    @pytest.mark.parametrize("field", ["to", "subject", "sender", "reply_to", "header value", "header name"])
    def test_line_break_in_a_header_is_refused_and_nothing_sent(self, bench: ChannelBench, field: str, mark: str) -> None:
        evil = f"x@example.org{mark}Bcc: victim@example.org"
        values: dict[str, object] = {field: evil}
        if field.startswith("header"):
            values = {"headers": {"X-Note": evil} if field == "header value" else {f"X-Note{mark}Bcc": "victim@example.org"}}

        with pytest.raises(ValidationFailed):
            bench.channel.send(_message(bench, **values))

        assert bench.delivered() == []

    def test_no_text_becomes_a_header(self, bench: ChannelBench) -> None:
        if bench.kind != "email":
            pytest.skip("only e-mail has headers")
        bench.channel.send(_message(bench))
        [usual] = bench.delivered()
        evil = "=?UTF-8?Q?=0D=0ABcc:_victim@example.org?="

        bench.channel.send(_message(bench, subject=evil))

        arrived = bench.delivered()[-1]
        assert arrived.subject == evil
        assert set(arrived.headers) == set(usual.headers)

    # Callbacks

    @pytest.mark.parametrize("status", ["queued", "sent", "delivered", "failed"])
    def test_status_callback_is_read(self, bench: ChannelBench, status: DeliveryStatus) -> None:
        callback = bench.status_callback("id-17", status)
        if callback is None:
            self._unsupported(bench.channel.read_status)
            return

        update = bench.channel.read_status(callback)

        assert update is not None
        assert (update.provider_id, update.status) == ("id-17", status)
        assert status != "failed" or update.reason

    def test_incoming_message_is_read(self, bench: ChannelBench) -> None:
        callback = bench.incoming_callback(_recipient(bench), _own(bench), "Yes, please. Grüße 👋")
        if callback is None:
            self._unsupported(bench.channel.read_incoming)
            return

        message = bench.channel.read_incoming(callback)

        assert message.provider_id
        assert (message.sender, message.recipient, message.text.strip()) == (_recipient(bench), _own(bench), "Yes, please. Grüße 👋")

    def test_same_incoming_callback_has_the_same_id_each_time(self, bench: ChannelBench) -> None:
        callback = bench.incoming_callback(_recipient(bench), _own(bench), "Yes")
        if callback is None:
            self._unsupported(bench.channel.read_incoming)
            return

        assert bench.channel.read_incoming(callback).provider_id == bench.channel.read_incoming(callback).provider_id

    @pytest.mark.parametrize("forge", ["missing", "empty", "other", "not ascii", "body", "cut", "of another body"])
    def test_forged_status_callback_is_refused(self, bench: ChannelBench, forge: str) -> None:
        callback, other = bench.status_callback("id-17", "delivered"), bench.status_callback("id-18", "failed")
        if callback is None or other is None:
            self._unsupported(bench.channel.read_status)
            return

        with pytest.raises(SignatureInvalid):
            bench.channel.read_status(self._forged(callback, other, forge))

    @pytest.mark.parametrize("forge", ["missing", "empty", "other", "not ascii", "body", "cut", "of another body"])
    def test_forged_incoming_message_is_refused(self, bench: ChannelBench, forge: str) -> None:
        callback = bench.incoming_callback(_recipient(bench), _own(bench), "Yes")
        other = bench.incoming_callback(_recipient(bench), _own(bench), "No")
        if callback is None or other is None:
            self._unsupported(bench.channel.read_incoming)
            return

        with pytest.raises(SignatureInvalid):
            bench.channel.read_incoming(self._forged(callback, other, forge))

    def test_header_names_of_callbacks_are_read_in_any_case(self, bench: ChannelBench) -> None:
        callback = bench.incoming_callback(_recipient(bench), _own(bench), "Yes")
        if callback is None:
            self._unsupported(bench.channel.read_incoming)
            return

        shouted = attrs.evolve(callback, headers={name.upper(): value for name, value in callback.headers.items()})

        assert bench.channel.read_incoming(shouted).text.strip() == "Yes"

    # Inside

    def _needs(self, how: Failure) -> None:
        if how not in self.FAILURES:
            pytest.skip(f"this provider cannot fail so: {how}")

    def _unsupported(self, read: Callable[[Callback], object]) -> None:
        with pytest.raises(Unsupported):
            read(Callback(url="https://crm.example.org/", headers={}, body=b""))

    def _forged(self, callback: Callback, other: Callback, how: str) -> Callback:
        signature = callback.headers[self.SIGNATURE]
        if how == "body":
            return attrs.evolve(callback, body=callback.body.replace(b"1", b"2", 1) + b"&x=y", parameters={**callback.parameters, "x": "y"})
        forged = {
            "empty": "",
            "other": signature[:-4] + ("AAA=" if not signature.endswith("AAA=") else "BBB="),
            "not ascii": "é" * len(signature),
            "cut": signature[:-1],
            "of another body": other.headers[self.SIGNATURE],
        }
        headers = {name: value for name, value in callback.headers.items() if name != self.SIGNATURE}
        return attrs.evolve(callback, headers=headers if how == "missing" else {**headers, self.SIGNATURE: forged[how]})


def _recipient(bench: ChannelBench) -> str:
    return "sarah@example.org" if bench.kind == "email" else "+14155552671"


def _own(bench: ChannelBench) -> str:
    return "sales@crm.example.org" if bench.kind == "email" else "+14155550100"


def _message(bench: ChannelBench, **values: object) -> OutgoingMessage:
    usual: dict[str, object] = {"id": "msg_17", "to": _recipient(bench), "text": "Hello Sarah,\nthe offer is ready. Grüße, 李 👋"}
    if bench.kind == "email":
        usual["subject"] = "Offer №7 for Sarah"
    return OutgoingMessage(**{**usual, **values})  # type: ignore[arg-type]
