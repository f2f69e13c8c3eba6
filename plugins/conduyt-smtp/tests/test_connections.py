from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conduyt_kit.kernel.clock import SystemClock
from conduyt_kit.kernel.errors import Misconfigured
from conduyt_kit.kernel.settings import Secret
from conduyt_kit.ports.messages import OutgoingMessage
from conduyt_smtp import connections
from conduyt_smtp.channel import SmtpChannel
from conduyt_smtp.settings import SmtpSettings

from .mail_server import PASSWORD, USERNAME, MailServer
from .scripted_server import Script


def _channel(server: MailServer, **values: object) -> SmtpChannel:
    usual: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "username": USERNAME,
        "password": Secret(PASSWORD),
        "ca_file": server.ca_file,
        "timeout": 10.0,
    }
    settings = SmtpSettings(**{**usual, **values})  # type: ignore[arg-type]
    return SmtpChannel(settings, default_sender="crm@example.org", clock=SystemClock())


@pytest.fixture
def channel(server: MailServer) -> Iterator[SmtpChannel]:
    channel = _channel(server)
    yield channel
    channel.close()


def _send(channel: SmtpChannel, text: str = "Hello", to: str = "sarah@example.org") -> None:
    channel.send(OutgoingMessage(id="m1", to=to, text=text, subject="Hi"))


def test_one_connection_and_one_login_serve_many_messages(server: MailServer, channel: SmtpChannel) -> None:
    for number in range(5):
        _send(channel, f"message {number}")

    assert len(server.mails) == 5
    assert server.logins == 1


def test_connections_are_never_shared_between_threads_at_once(server: MailServer, channel: SmtpChannel) -> None:
    server.delay = 0.02

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: _send(channel, f"message {number}"), range(12)))

    assert len(server.mails) == 12
    assert 1 < server.logins <= 12


@pytest.mark.parametrize("answer", [None, "421 4.4.2 Idle for too long"])
def test_connection_that_the_server_dropped_is_replaced(script: Script, answer: str | None) -> None:
    settings = SmtpSettings(host="127.0.0.1", port=script.port, security="none", timeout=10.0)
    channel = SmtpChannel(settings, default_sender="crm@example.org", clock=SystemClock())
    script.says["RSET"] = answer

    _send(channel)
    _send(channel)
    channel.close()

    assert script.heard == ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


def test_connection_left_alone_too_long_is_replaced(server: MailServer, channel: SmtpChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)

    _send(channel)
    _send(channel)

    assert server.logins == 2


def test_connection_of_a_refused_message_is_not_used_again(server: MailServer, channel: SmtpChannel) -> None:
    server.answers["RCPT"] = "550 5.1.1 No"
    with pytest.raises(Exception, match="no such mailbox"):
        _send(channel)
    server.answers.clear()

    _send(channel)

    assert len(server.mails) == 1
    assert server.logins == 2


def test_closed_channel_keeps_no_connection(server: MailServer, channel: SmtpChannel) -> None:
    _send(channel)
    channel.close()
    _send(channel)
    _send(channel)

    assert server.logins == 3


def test_envelope_and_header_addresses_agree(server: MailServer, channel: SmtpChannel) -> None:
    _send(channel, to="Sarah Kim <sarah@example.org>")

    [(sender, recipients, _)] = server.mails
    assert (sender, recipients) == ("crm@example.org", ["sarah@example.org"])


def test_address_beyond_ascii_arrives_where_the_server_takes_it(server: MailServer, channel: SmtpChannel) -> None:
    _send(channel, to="søren@bücher.example")

    [(_, recipients, _)] = server.mails
    assert recipients == ["søren@xn--bcher-kva.example"]


def test_certificate_of_an_unknown_authority_is_not_trusted(server: MailServer) -> None:
    with pytest.raises(Misconfigured, match="CONDUYT_SMTP_CA_FILE"):
        _send(_channel(server, ca_file=None))

    assert (server.mails, server.logins) == ([], 0)


def test_certificate_of_another_host_is_not_trusted(server: MailServer) -> None:
    with pytest.raises(Misconfigured, match="cannot be trusted"):
        _send(_channel(server, host="localhost"))

    assert (server.mails, server.logins) == ([], 0)


def test_missing_authority_file_names_the_setting(server: MailServer, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="CONDUYT_SMTP_CA_FILE"):
        _send(_channel(server, ca_file=tmp_path / "absent.pem"))


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    server = MailServer(tmp_path, implicit_tls=True)
    try:
        channel = _channel(server, security="tls")
        _send(channel)
        channel.close()
    finally:
        server.stop()

    assert (len(server.mails), server.logins) == (1, 1)


def test_plain_connection_without_login(tmp_path: Path) -> None:
    server = MailServer(tmp_path, starttls=False, login=False)
    try:
        channel = _channel(server, security="none", username="", password=Secret(""), ca_file=None)
        _send(channel)
        channel.close()
    finally:
        server.stop()

    assert (len(server.mails), server.logins) == (1, 0)


def test_check_logs_in_and_sends_nothing(server: MailServer, channel: SmtpChannel) -> None:
    assert channel.check() == f"The mail server 127.0.0.1:{server.port} lets us in (starttls)"
    assert (server.logins, server.mails) == (1, [])


def test_check_reports_a_refused_login(server: MailServer, channel: SmtpChannel) -> None:
    server.refuse_login = True

    with pytest.raises(Misconfigured, match="CONDUYT_SMTP_PASSWORD"):
        channel.check()
