import smtplib

import pytest

from conduyt_kit.kernel.clock import SystemClock
from conduyt_kit.kernel.errors import Misconfigured, ProviderError, Rejected, Temporary
from conduyt_kit.kernel.settings import Secret
from conduyt_kit.ports.messages import OutgoingMessage
from conduyt_smtp.channel import SmtpChannel
from conduyt_smtp.errors import translate
from conduyt_smtp.settings import SmtpSettings

from .scripted_server import Script


def _channel(script: Script, **values: object) -> SmtpChannel:
    settings = SmtpSettings(**{"host": "127.0.0.1", "port": script.port, "security": "none", "timeout": 10.0, **values})  # type: ignore[arg-type]
    return SmtpChannel(settings, default_sender="crm@example.org", clock=SystemClock())


MESSAGE = OutgoingMessage(id="m1", to="sarah@example.org", text="Hello", subject="Hi")


@pytest.mark.parametrize(
    ("command", "answer", "kind", "words"),
    [
        ("CONNECT", "421 Too many connections", Temporary, "421 Too many connections"),
        ("CONNECT", "554 No service here", Misconfigured, "CONDUYT_SMTP_HOST"),
        ("CONNECT", None, Temporary, "cannot be reached"),
        ("EHLO", None, Temporary, "cannot be reached"),
        ("MAIL", "451 4.3.0 Try later", Temporary, "451 4.3.0 Try later"),
        ("MAIL", "421 4.7.0 Closing", Temporary, "421 4.7.0 Closing"),
        ("MAIL", "452 4.3.1 Disk full", Temporary, "452"),
        ("MAIL", "530 5.7.0 Authentication required", Misconfigured, "CONDUYT_SMTP_USERNAME"),
        ("MAIL", "550 5.7.1 Not your sender", Misconfigured, "crm@example.org"),
        ("MAIL", "552 5.3.4 Too big", Rejected, "the message is too large"),
        ("MAIL", None, Temporary, "cannot be reached"),
        ("RCPT", "450 4.2.0 Greylisted", Temporary, "does not take the recipient now (450 4.2.0 Greylisted)"),
        ("RCPT", "421 4.7.0 Slow down", Temporary, "421"),
        ("RCPT", "550 5.1.1 User unknown", Rejected, "the recipient: there is no such mailbox (550 5.1.1 User unknown)"),
        ("RCPT", "550 5.1.2 Bad domain", Rejected, "there is no such domain"),
        ("RCPT", "552 5.2.2 Quota", Rejected, "the mailbox is full"),
        ("RCPT", "550 no", Rejected, "does not exist or does not take this message"),
        ("RCPT", "599 odd", Rejected, "no known reason"),
        ("RCPT", "554 5.7.1 <sarah@example.org>: Relay access denied", Misconfigured, "does not send mail for us"),
        ("RCPT", "530 5.7.0 Login first", Misconfigured, "CONDUYT_SMTP_PASSWORD"),
        ("RCPT", None, Temporary, "cannot be reached"),
        ("DATA", "451 4.7.1 Later", Temporary, "451"),
        ("DATA", "554 5.7.1 Blocked", Rejected, "the message: the server's rules do not allow this message"),
        ("END", "451 4.3.0 Queue full", Temporary, "451"),
        ("END", "552 5.2.3 Too large", Rejected, "the message is too large for the mailbox"),
        ("END", "550 5.7.26 Unauthenticated mail", Rejected, "SPF and DKIM"),
        ("DATA", None, Temporary, "its answer was lost"),
        ("END", "???", Temporary, "its answer was lost: it cannot be read"),
        ("END", None, Temporary, "its answer was lost"),
    ],
)  # fmt: skip
def test_answer_of_the_server_is_mapped(script: Script, command: str, answer: str | None, kind: type[ProviderError], words: str) -> None:
    script.says[command] = answer

    with pytest.raises(ProviderError) as caught:
        _channel(script).send(MESSAGE)

    assert type(caught.value) is kind
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("command", "answer", "uncertain"),
    [
        ("CONNECT", None, False),
        ("EHLO", None, False),
        ("MAIL", None, False),
        ("MAIL", "???", False),
        ("RCPT", None, False),
        ("RCPT", "421 4.7.0 Slow down", False),
        ("DATA", "421 4.7.0 Closing", False),
        ("DATA", "???", False),
        ("DATA", None, True),
        ("END", "451 4.3.0 Queue full", False),
        ("END", "421 4.7.0 Closing", False),
        ("END", "???", True),
        ("END", "354 Go on", True),
        ("END", "250 " + "x" * 9000, True),
        ("END", None, True),
    ],
)  # fmt: skip
def test_message_may_have_been_sent_only_once_data_has_begun(script: Script, command: str, answer: str | None, uncertain: bool) -> None:
    script.says[command] = answer

    with pytest.raises(Temporary) as caught:
        _channel(script).send(MESSAGE)

    assert caught.value.uncertain is uncertain


@pytest.mark.parametrize(
    ("command", "uncertain"), [("CONNECT", False), ("EHLO", False), ("MAIL", False), ("RCPT", False), ("DATA", True), ("END", True)]
)
def test_silence_is_uncertain_only_once_data_has_begun(script: Script, command: str, uncertain: bool) -> None:
    script.silent.add(command)

    with pytest.raises(Temporary) as caught:
        _channel(script, timeout=0.1).send(MESSAGE)

    assert caught.value.uncertain is uncertain


@pytest.mark.parametrize(("command", "answer"), [("RCPT", "251 Will forward"), ("END", "251 Taken"), ("END", "200 Taken")])
def test_success_in_other_words_is_success(script: Script, command: str, answer: str) -> None:
    script.says[command] = answer

    channel = _channel(script)
    result = channel.send(MESSAGE)
    channel.close()

    assert (result.status, script.heard) == ("sent", ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])


def test_temporary_login_failure_is_tried_again(script: Script) -> None:
    script.says["AUTH"] = "454 4.7.0 Temporary authentication failure"

    with pytest.raises(Temporary):
        _channel(script, username="crm", password=Secret("hunter2-hunter2")).send(MESSAGE)


def test_refused_login_names_the_settings_and_not_the_password(script: Script) -> None:
    script.says["AUTH"] = "535 5.7.8 Bad credentials"

    with pytest.raises(Misconfigured, match="CONDUYT_SMTP_USERNAME and CONDUYT_SMTP_PASSWORD") as caught:
        _channel(script, username="crm", password=Secret("hunter2-hunter2")).send(MESSAGE)

    assert "hunter2" not in str(caught.value)


def test_server_without_login_is_a_wrong_setting(script: Script) -> None:
    script.says["EHLO"] = "250 mail.example.org"

    with pytest.raises(Misconfigured, match="takes no login"):
        _channel(script, username="crm", password=Secret("secret")).send(MESSAGE)


def test_login_methods_we_do_not_know_are_a_wrong_setting(script: Script) -> None:
    script.says["EHLO"] = "250-mail.example.org\r\n250 AUTH XOAUTH9"

    with pytest.raises(Misconfigured, match="takes no login"):
        _channel(script, username="crm", password=Secret("secret")).send(MESSAGE)


def test_password_beyond_ascii_is_a_wrong_setting(script: Script) -> None:
    with pytest.raises(Misconfigured, match="ASCII only"):
        _channel(script, username="crm", password=Secret("pässword")).send(MESSAGE)


def test_server_that_strips_starttls_gets_neither_login_nor_mail(script: Script) -> None:
    with pytest.raises(Misconfigured, match="offers no STARTTLS"):
        _channel(script, security="starttls", username="crm", password=Secret("secret")).send(MESSAGE)

    assert script.heard == ["EHLO"]


def test_tls_to_a_plain_port_names_the_setting(script: Script) -> None:
    with pytest.raises(Misconfigured, match="CONDUYT_SMTP_SECURITY"):
        _channel(script, security="tls").send(MESSAGE)


def test_address_beyond_ascii_is_refused_where_the_server_cannot_take_it(script: Script) -> None:
    with pytest.raises(Rejected, match="beyond ASCII"):
        _channel(script).send(OutgoingMessage(id="m1", to="søren@example.org", text="Hi"))

    assert "MAIL" not in script.heard


def test_answer_is_shown_in_one_line_of_bounded_length() -> None:
    error = translate(smtplib.SMTPDataError(554, b"one\ntwo\x9c " + b"x" * 5000), host="mail")

    assert "\n" not in error.message
    assert len(error.message) < 400


def test_unknown_host_is_temporary() -> None:
    settings = SmtpSettings(host="mail.invalid", security="none", timeout=10.0)

    with pytest.raises(Temporary, match=r"mail\.invalid cannot be reached"):
        SmtpChannel(settings, default_sender="crm@example.org", clock=SystemClock()).send(MESSAGE)
