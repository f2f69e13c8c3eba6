import datetime as dt
import email
import email.policy
import itertools
import re
import sys
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit.kernel.errors import Misconfigured, ProviderError, Rejected, ValidationFailed
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.messages import OutgoingMessage
from conduyt_smtp.payload import Envelope, compose, verify_headers

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
SENDER = "Conduyt <no-reply@crm.example.org>"
USUAL = ["from", "to", "subject", "date", "message-id", "auto-submitted", "content-type", "content-transfer-encoding", "mime-version"]

BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r\n ", "\n\t", "\r\n\r\n"]
ENCODED = [
    "=?UTF-8?Q?=0A?=", "=?UTF-8?Q?=0D=0A?=", "=?UTF-8?Q?=0D=0ABcc=3A_v@example.org?=", "=?utf-8?b?DQpCY2M6IHZAZXhhbXBsZS5vcmc=?=",
    "=?utf-8?q?=00?=", "=?iso-8859-1?q?=0ABcc:_v?=", "=?utf-8?q?=E2=80=A8Bcc:_v?=", "=?utf-8?q?a?= =?utf-8?q?=0A?=", "=?x?q?=0A?=", "=?",
]  # fmt: skip
TAILS = ["Bcc: victim@example.org", "Subject: other", "Content-Type: text/html", ".", "", " folded"]
EVIL = [f"Offer{mark}{tail}" for mark, tail in itertools.product(BREAKS, TAILS)] + [
    f"{before}{word}{after}" for word, before, after in itertools.product(ENCODED, ["", "Offer ", "é "], ["", " x", "Bcc: v@example.org"])
]
EVIL += [f"Offer {word}\r\n{tail}" for word in ENCODED for tail in TAILS]


def _compose(**values: object) -> Envelope:
    usual = {"id": "msg_17", "to": "sarah@example.org", "text": "Hello", "subject": "Offer", **values}
    return compose(OutgoingMessage(**usual), default_sender=SENDER, now=NOW)  # type: ignore[arg-type]


def _read(envelope: Envelope) -> EmailMessage:
    return email.message_from_bytes(envelope.content, EmailMessage, policy=email.policy.default)


def _names(envelope: Envelope) -> list[str]:
    head = envelope.content.split(b"\r\n\r\n", 1)[0]
    return [line.split(b":", 1)[0].decode().lower() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]


def test_there_are_more_than_two_hundred_evil_texts() -> None:
    assert len(set(EVIL)) > 200


@pytest.mark.parametrize("field", ["subject", "to name", "sender name", "reply_to name", "header"])
def test_no_evil_text_adds_or_changes_a_header(field: str) -> None:
    for evil in EVIL:
        choices: dict[str, dict[str, object]] = {
            "subject": {"subject": evil},
            "to name": {"to": f"{evil} <sarah@example.org>"},
            "sender name": {"sender": f"{evil} <me@crm.example.org>"},
            "reply_to name": {"reply_to": f'"{evil}" <me@crm.example.org>'},
            "header": {"headers": {"X-Note": evil}},
        }
        values = choices[field]
        expected = [*USUAL]
        expected[5:6] = [] if "sender" in values else ["auto-submitted"]
        expected[2:2] = ["reply-to"] if "reply_to" in values else []
        expected[6:6] = ["x-note"] if "headers" in values else []
        try:
            envelope = _compose(**values)
        except (ValidationFailed, Rejected):
            assert any(mark in evil for mark in BREAKS), f"harmless text refused: {evil!r}"
            continue

        assert _names(envelope) == expected
        assert envelope.content.count(b"victim@example.org") == 0
        assert [line for line in envelope.content.split(b"\r\n") if line.lower().startswith((b"bcc", b"received"))] == []


@pytest.mark.parametrize("evil", [text for text in EVIL if not any(mark in text for mark in BREAKS)])
def test_text_that_looks_encoded_arrives_as_it_was_typed(evil: str) -> None:
    envelope = _compose(subject=evil)

    assert _read(envelope)["Subject"] == evil.strip()


@settings(max_examples=80, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=200).map(str.strip).filter(bool),
)
def test_every_subject_comes_back_as_it_was(subject: str) -> None:
    envelope = _compose(subject=subject)

    assert re.sub(r"\s+", " ", _decoded_subject(envelope)) == re.sub(r"\s+", " ", subject)
    assert max(map(len, envelope.content.split(b"\r\n"))) <= 998


def _decoded_subject(envelope: Envelope) -> str:
    from email.header import decode_header, make_header

    found = email.message_from_bytes(envelope.content)["Subject"]
    return str(make_header(decode_header(found))).replace("\r\n", "") if "=?" in found else found.replace("\r\n", "")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_text_at_all_breaks_the_head_or_raises_anything_else(subject: str, name: str, value: str, text: str) -> None:
    try:
        envelope = _compose(subject=subject, to=f"{name} <sarah@example.org>", headers={"X-Note": value}, text=text)
    except (ValidationFailed, ProviderError):
        return

    assert _names(envelope) == [*USUAL[:6], "x-note", *USUAL[6:]]
    assert envelope.recipient == "sarah@example.org"
    body = envelope.content.replace(b"\r\n", b"")
    assert b"\r" not in body
    assert b"\n" not in body


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\r\nb", "a\n.\r\nb", "a\r\n.\rMAIL FROM:<x@y>", "\n.\n"])
def test_body_never_holds_a_lone_line_break(text: str) -> None:
    envelope = _compose(text=text, html=f"<p>{text}</p>")

    rest = envelope.content.replace(b"\r\n", b"")
    assert b"\r" not in rest
    assert b"\n" not in rest


@pytest.mark.parametrize("name", ["To", "bcc", "CC", "Content-Type", "content-anything", "MIME-Version", "Received", "Resent-To", "Date"])
def test_headers_of_the_message_itself_cannot_be_given(name: str) -> None:
    with pytest.raises(Rejected, match="made by the message itself"):
        _compose(headers={name: "x"})


@pytest.mark.parametrize("name", ["", "X Note", "X:Note", "X-Nöte", "X-Note ", "a" * 77])
def test_header_needs_a_proper_name(name: str) -> None:
    with pytest.raises(Rejected, match="no name of a header"):
        _compose(headers={name: "x"})


def test_header_cannot_be_given_twice_in_other_case() -> None:
    with pytest.raises(Rejected, match="given twice"):
        _compose(headers={"X-Note": "a", "x-note": "b"})


@pytest.mark.parametrize(
    "address",
    ["", "sarah", "a@example.org, b@example.org", "a@example.org;b@example.org", "<a@example.org> <b@example.org>", "a@b@example.org",
     "a b@example.org", "Sarah <>", "@example.org", "a@", "a@-x.org", "a@example..org", ("a" * 250) + "@example.org"],
)  # fmt: skip
def test_recipient_must_be_one_address(address: str) -> None:
    with pytest.raises(Rejected, match="recipient"):
        _compose(to=address)


@pytest.mark.parametrize("sender", ["", "Shop", "Shop <sales>"])
def test_default_sender_that_is_no_address_is_a_wrong_setting(sender: str) -> None:
    with pytest.raises(Misconfigured, match="CONDUYT_MAIL_FROM"):
        compose(OutgoingMessage(id="m1", to="sarah@example.org", text="Hi"), default_sender=sender, now=NOW)


def test_default_sender_of_a_fresh_kit_can_be_used() -> None:
    envelope = compose(OutgoingMessage(id="m1", to="sarah@example.org", text="Hi"), default_sender=KitSettings().mail_from, now=NOW)

    assert (envelope.sender, envelope.message_id) == ("no-reply@localhost.localdomain", "<m1@localhost.localdomain>")


def test_recipient_with_a_name_is_sent_to_the_address() -> None:
    envelope = _compose(to='"Kim, Sarah" <sarah@example.org>')

    assert envelope.recipient == "sarah@example.org"
    assert b'To: "Kim, Sarah" <sarah@example.org>\r\n' in envelope.content


def test_name_beyond_ascii_is_encoded() -> None:
    envelope = _compose(to="李 Müller <sarah@example.org>")

    [address] = _read(envelope)["To"].addresses
    assert (address.display_name, address.addr_spec) == ("李 Müller", "sarah@example.org")
    assert envelope.content.isascii()


def test_international_domain_is_written_in_ascii() -> None:
    envelope = _compose(to="sarah@bücher.example", sender="info@bücher.example")

    assert (envelope.recipient, envelope.sender) == ("sarah@xn--bcher-kva.example", "info@xn--bcher-kva.example")
    assert envelope.message_id == "<msg_17@xn--bcher-kva.example>"
    assert not envelope.utf8


def test_local_part_beyond_ascii_needs_smtputf8() -> None:
    envelope = _compose(to="søren@bücher.example")

    assert envelope.utf8
    assert envelope.recipient == "søren@xn--bcher-kva.example"
    assert "To: søren@xn--bcher-kva.example\r\n".encode() in envelope.content


def test_message_id_is_the_same_at_each_attempt_and_made_of_id_and_domain() -> None:
    assert _compose(id="msg_17").message_id == _compose(id="msg_17", text="other").message_id == "<msg_17@crm.example.org>"


@pytest.mark.parametrize("id", ["a b", "a@b", "<x>", "é", "a..b", ".a", "x" * 300])
def test_odd_ids_make_a_proper_message_id(id: str) -> None:
    first, second = _compose(id=id).message_id, _compose(id=id).message_id

    assert first == second
    assert re.fullmatch(r"<[0-9a-f]{64}@crm\.example\.org>", first)
    assert _compose(id=id + "!").message_id != first


def test_plain_and_html_are_alternatives_in_that_order() -> None:
    mail = _read(_compose(text="Grüße", html="<p>Grüße</p>"))

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in mail.iter_parts() if isinstance(part, EmailMessage)] == ["Grüße", "<p>Grüße</p>"]


def test_html_without_text_is_the_only_part() -> None:
    mail = _read(_compose(text=" ", html="<p>Hi</p>"))

    assert (mail.get_content_type(), mail.get_content().strip()) == ("text/html", "<p>Hi</p>")


def test_date_reply_address_and_further_headers_are_written() -> None:
    mail = _read(_compose(reply_to="Me <me@crm.example.org>", headers={"In-Reply-To": "<a@b>", "X-Note": "für dich"}))

    assert mail["Date"] == "Sun, 01 Mar 2026 09:30:00 +0000"
    assert mail["Reply-To"] == "Me <me@crm.example.org>"
    assert (mail["In-Reply-To"], mail["X-Note"]) == ("<a@b>", "für dich")


def test_long_list_of_references_is_folded_not_encoded() -> None:
    references = " ".join(f"<{number:040d}@example.org>" for number in range(30))

    envelope = _compose(headers={"References": references})

    assert max(map(len, envelope.content.split(b"\r\n"))) <= 100
    assert _read(envelope)["References"].replace("\r\n", "") == references


def test_word_too_long_for_a_line_is_refused_in_structured_headers() -> None:
    with pytest.raises(Rejected, match="too long"):
        _compose(headers={"List-Unsubscribe": f"<https://example.org/{'x' * 1000}>"})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "auto-generated"),
        ({"sender": "Me <me@crm.example.org>"}, None),
        ({"headers": {"Auto-Submitted": "no"}}, "no"),
        ({"headers": {"AUTO-submitted": "no"}}, "no"),
        ({"headers": {"Auto-Submitted": "auto-generated"}}, "auto-generated"),
        ({"headers": {"auto-submitted": "auto-generated"}}, "auto-generated"),
        ({"sender": "me@crm.example.org", "headers": {"Auto-Submitted": "auto-generated"}}, "auto-generated"),
        ({"sender": "me@crm.example.org", "headers": {"auto-submitted": "auto-replied"}}, "auto-replied"),
    ],
)
def test_mail_of_the_server_itself_is_marked_automatic(values: dict[str, object], expected: str | None) -> None:
    mail = _read(_compose(**values))

    assert mail.get_all("Auto-Submitted") == ([expected] if expected else None)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(Rejected, match="surrogate"):
        _compose(text="a\ud800b")
    with pytest.raises(Rejected, match=r"U\+D800"):
        _compose(subject="a\ud800b")


def test_every_line_fits_a_mail_on_this_python() -> None:
    envelope = _compose(text="x" * 5000, html="<p>" + "y" * 5000 + "</p>", subject="z" * 3000 + "é")

    assert max(map(len, envelope.content.split(b"\r\n"))) <= 998, sys.version


@pytest.mark.parametrize(
    "head",
    [
        b"From: a\r\nTo: b\r\nBcc: c\r\n\r\n",
        b"From: a\r\n\r\nTo: b\r\n\r\n",
        b"From: a\r\nTo: b\r\nTo: c\r\n\r\n",
        b"From: a\nBcc: c\r\nTo: b\r\n\r\n",
        b"From: a\rBcc: c\r\nTo: b\r\n\r\n",
        b"To: b\r\nFrom: a\r\n\r\n",
    ],
)
def test_finished_mail_with_other_headers_than_meant_is_not_sent(head: bytes) -> None:
    verify_headers(b"From: a\r\nTo: b\r\nMIME-Version: 1.0\r\n\r\nBcc: text", ["From", "To"])

    with pytest.raises(Rejected, match="as they are meant"):
        verify_headers(head + b"Hello", ["From", "To"])
