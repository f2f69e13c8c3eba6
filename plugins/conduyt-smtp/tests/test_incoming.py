import datetime as dt
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import InvalidRequest, SignatureInvalid, Unsupported
from conduyt_kit.kernel.settings import Secret
from conduyt_kit.ports.messages import Callback, IncomingMessage
from conduyt_kit.ports.signatures import sign
from conduyt_smtp.channel import SmtpChannel
from conduyt_smtp.incoming import read_mail
from conduyt_smtp.settings import SmtpSettings

SECRET = "f00d" * 8
NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
HEAD = b"From: Sarah <sarah@example.org>\r\nTo: sales@crm.example.org\r\nMessage-ID: <m1@example.org>\r\nSubject: Hi\r\n"


def _read(body: bytes, at: dt.datetime = NOW) -> IncomingMessage:
    callback = Callback(url="https://crm.example.org/", headers={"Conduyt-Signature": sign(SECRET, body, at)}, body=body)
    return read_mail(callback, SECRET, NOW)


def test_plain_mail_is_read() -> None:
    message = _read(HEAD + b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\xfc\xdfe\r\n")

    assert message == IncomingMessage(
        provider_id="<m1@example.org>", sender="sarah@example.org", recipient="sales@crm.example.org", subject="Hi", text="Grüße\n"
    )


def test_text_and_html_are_both_kept_and_attachments_left_out() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "sarah@example.org", "sales@crm.example.org", "Angebot für 李"
    mail.set_content("Grüße")
    mail.add_alternative("<p>Grüße</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="offer.pdf")

    message = _read(mail.as_bytes())

    assert (message.text, message.html, message.subject) == ("Grüße\n", "<p>Grüße</p>\n", "Angebot für 李")


def test_html_alone_gives_a_readable_text() -> None:
    html = b"<html><head><title>x</title><style>p{}</style></head><body><p>Hello <b>Sarah</b>,</p><p>2&nbsp;&lt;&nbsp;3<br>Bye</p>"

    message = _read(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html)

    assert message.text == "Hello Sarah,\n2 < 3\nBye"
    assert message.html == html.decode()


@pytest.mark.parametrize(
    ("charset", "content", "expected"),
    [
        (b"x-unknown", "Grüße".encode(), "Grüße"),
        (b"us-ascii", "Grüße".encode(), "Grüße"),
        (b"utf-8", b"Gr\xfc\xdfe", "Grüße"),
        (b"idna", b"plain", "plain"),
        (b"unicode_escape", b"\\ud800", "\\ud800"),
        (b"base64", b"plain", "plain"),
        (b"utf-8", b"a\x00b", "ab"),
        (b"utf-16", "Grüße".encode("utf-16"), "Grüße"),
    ],
)
def test_wrong_or_odd_charset_is_made_the_best_of(charset: bytes, content: bytes, expected: str) -> None:
    body = HEAD + b"Content-Transfer-Encoding: 8bit\r\nContent-Type: text/plain; charset=" + charset + b"\r\n\r\n" + content

    assert _read(body).text == expected


def test_recipient_is_the_address_our_server_noted_first() -> None:
    body = (
        b"Delivered-To: ws1@crm.example.org\r\nX-Original-To: ws2@crm.example.org\r\n"
        + HEAD
        + b"Delivered-To: ws3@crm.example.org\r\n\r\nHi"
    )

    assert _read(body).recipient == "ws1@crm.example.org"


def test_mail_without_an_id_has_one_made_of_its_content() -> None:
    body = b"From: a@example.org\r\nTo: b@example.org\r\n\r\nHi"

    assert _read(body).provider_id == _read(body).provider_id
    assert _read(body).provider_id != _read(body + b"!").provider_id
    assert _read(body).provider_id.endswith("@incoming>")


def test_line_break_hidden_in_an_encoded_subject_is_removed() -> None:
    message = _read(HEAD.replace(b"Subject: Hi", b"Subject: =?utf-8?q?a=0D=0ABcc:_b=00?=") + b"\r\nHi")

    assert message.subject == "a  Bcc: b"


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00\xff", b"no headers at all", b"From: nobody\r\n\r\n", b"To: a@example.org\r\n\r\nHi", b"From: a@example.org\r\n\r\nHi"],
)
def test_signed_body_that_is_no_mail_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        _read(body)


def test_endlessly_nested_mail_is_refused() -> None:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1200))

    with pytest.raises(InvalidRequest):
        _read(HEAD + parts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=6)), max_size=12))
def test_damaged_mail_is_read_or_refused_but_breaks_nothing(damage: list[tuple[int, bytes]]) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Sarah Kim <sarah@example.org>", "sales@crm.example.org", "Angebot für 李"
    mail.set_content("Grüße")
    mail.add_alternative("<p>Grüße</p>", subtype="html")
    body = bytearray(mail.as_bytes())
    for position, content in damage:
        body[position : position + len(content)] = content

    try:
        message = _read(bytes(body))
    except InvalidRequest:
        return

    assert "@" in message.sender
    (message.text + (message.html or "") + (message.subject or "")).encode()


@pytest.mark.parametrize("minutes", [-6, 6])
def test_signature_of_another_time_is_refused(minutes: int) -> None:
    with pytest.raises(SignatureInvalid, match="too old"):
        _read(HEAD + b"\r\nHi", at=NOW + dt.timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [-5, 5])
def test_signature_within_five_minutes_is_taken(minutes: int) -> None:
    assert _read(HEAD + b"\r\nHi", at=NOW + dt.timedelta(minutes=minutes)).text == "Hi"


def test_a_thousand_forged_signatures_are_refused() -> None:
    body = HEAD + b"\r\nHi"
    good = sign(SECRET, body, NOW)
    forged = [good[:-2] + f"{number:02x}" for number in range(256) if good[-2:] != f"{number:02x}"]
    forged += [good.replace("v1=", f"v1={number:03x}") for number in range(400)]
    forged += [f"t={int(NOW.timestamp()) + number},v1={good[-64:]}" for number in range(1, 301)]
    forged += [
        "",
        "t=",
        "v1=",
        "t=1,v1=",
        good[-64:],
        "t=-1,v1=x",
        "t=٣,v1=x",
        "t=1e9,v1=x",
        f"t={'9' * 5000},v1=x",
        ",,,",
        "t,v1",
        "v0=" + good[-64:],
    ]
    assert len(forged) >= 960

    for signature in forged:
        with pytest.raises(SignatureInvalid):
            read_mail(Callback(url="", headers={"Conduyt-Signature": signature}, body=body), SECRET, NOW)


def test_incoming_mail_is_unsupported_without_a_secret() -> None:
    channel = SmtpChannel(SmtpSettings(host="mail", inbound_secret=Secret("")), default_sender="a@example.org", clock=FrozenClock(NOW))
    body = HEAD + b"\r\nHi"

    with pytest.raises(Unsupported, match="CONDUYT_SMTP_INBOUND_SECRET"):
        channel.read_incoming(Callback(url="", headers={"Conduyt-Signature": sign("", body, NOW)}, body=body))
