from collections.abc import Iterator
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.messages import Messages
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.ports.signatures import sign
from tests.features.calls import Api
from tests.features.messages.mail_sink import MailSink
from tests.features.messages.post import EMAIL, add_mira, shown, state, write
from tests.features.messages.served import post, serving
from tests.features.sales import made
from tests.kernel.drained import drain

SECRET = "a secret shared with the mail server"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "MIME-Version"]


@pytest.fixture(scope="module")
def running_sink() -> Iterator[MailSink]:
    sink = MailSink()
    yield sink
    sink.stop()


@pytest.fixture
def sink(running_sink: MailSink) -> MailSink:
    running_sink.mails.clear()
    running_sink.answer = None
    return running_sink


@pytest.fixture
def served(tmp_path: Path, clock: FrozenClock, sink: MailSink) -> Iterator[tuple[Kit, Any]]:
    smtp = {"host": "127.0.0.1", "port": sink.port, "security": "none", "inbound_secret": SECRET}
    with serving(tmp_path, clock, smtp=smtp) as found:
        yield found


@pytest.fixture
def kit(served: tuple[Kit, Any]) -> Kit:
    return served[0]


def mailed(clock: FrozenClock, content: bytes) -> dict[str, str]:
    return {"Content-Type": "message/rfc822", "Conduyt-Signature": sign(SECRET, content, clock.now())}


def test_mail_arrives_with_both_parts_and_its_message_id_is_kept(kit: Kit, api: Api, sink: MailSink) -> None:
    id = write(api, add_mira(api), body="<p>The <b>offer</b></p>", subject="Ångström & Søn")
    drain(kit)

    [(recipients, _)], [mail] = sink.mails, sink.parsed()
    assert recipients == [EMAIL]
    assert (mail["From"], mail["To"], mail["Subject"], mail["Auto-Submitted"]) == (
        "Shop <shop@example.org>",
        EMAIL,
        "Ångström & Søn",
        "no",
    )
    parts = {part.get_content_type(): part.get_content().strip() for part in mail.iter_parts() if isinstance(part, EmailMessage)}
    assert parts == {"text/plain": "The offer", "text/html": "<p>The <b>offer</b></p>"}
    found = shown(api, id)
    assert (found["status"], found["provider"], found["providerId"], mail["Message-ID"]) == (
        "sent",
        "smtp",
        f"<{id}@example.org>",
        f"<{id}@example.org>",
    )


def test_automatic_mail_can_be_unsubscribed_from_with_one_click(kit: Kit, api: Api, sink: MailSink) -> None:
    made(api, "/sender-identities", {"channel": "email", "address": "sales@example.org", "name": "Sales"})
    mira, url = add_mira(api), "https://crm.example.org/unsubscribe/" + "t" * 300
    with kit.unit_of_work("ws_a") as unit:
        unit[Messages].send_email(contact_id=mira, subject="Hi", html="Hi", origin="sequence:1:1", list_unsubscribe_url=url)
    drain(kit)
    [mail] = sink.parsed()
    assert (mail["From"], mail["List-Unsubscribe"].strip(), mail["List-Unsubscribe-Post"]) == (
        "Sales <sales@example.org>",
        f"<{url}>",
        "List-Unsubscribe=One-Click",
    )


def test_servers_refusal_is_the_messages_reason(kit: Kit, api: Api, sink: MailSink) -> None:
    sink.answer = "550 5.1.1 no such user"
    id = write(api, add_mira(api))
    drain(kit)
    status, reason = state(api, id)
    assert (status, sink.mails) == ("failed", [])
    assert "there is no such mailbox" in str(reason)


BREAKS = ("\r\n", "\n", "\r", "\r\n ", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "=?utf-8?q?=0D=0A?=", "=?utf-8?b?DQo=?=")
INJECTED = ("Bcc: eve@evil.example", "Reply-To: eve@evil.example", "X-Evil: 1", "Content-Type: text/html\r\n\r\n<script>")
PLACES = ("Offer{}", "{}", "{}{}", "Offer {} end")
HOSTILE = [place.replace("{}", mark + evil, 1).replace("{}", mark) for mark, evil, place in product(BREAKS, INJECTED, PLACES)]


def test_no_subject_name_or_origin_makes_a_header_or_recipient(kit: Kit, api: Api, sink: MailSink) -> None:
    assert len(HOSTILE) >= 200
    mira = add_mira(api)
    with kit.unit_of_work("ws_a") as unit:
        for number, text in enumerate(HOSTILE):
            assert unit[Messages].send_email(contact_id=mira, subject=text, html="<p>Hi</p>", origin=f"test:{number}")
    drain(kit)
    assert len(sink.mails) == len(HOSTILE)
    for (recipients, _), mail in zip(sink.mails, sink.parsed(), strict=True):
        assert recipients == [EMAIL]
        assert sorted(mail.keys()) == sorted(HEADERS)
        assert (mail["From"], mail["To"]) == ("Shop <shop@example.org>", EMAIL)


@pytest.mark.parametrize(
    "address",
    [
        "mira@fjord.example\r\nBcc: eve@evil.example",
        "mira@fjord.example, eve@evil.example",
        "mira@fjord.example>\nRCPT TO:<eve@evil.example",
        "<mira@fjord.example> <eve@evil.example>",
        "=?utf-8?q?mira?=@fjord.example\n",
        "mira",
    ],
)
def test_no_address_reaches_somebody_else(kit: Kit, api: Api, sink: MailSink, address: str) -> None:
    with kit.unit_of_work("ws_a") as unit:
        contact = unit[Contacts].create(first_name="Mira", last_name="", email=address)
    id = write(api, contact.id)
    drain(kit)
    assert sink.mails == []
    assert state(api, id)[0] == "failed"


def test_incoming_mail_is_threaded_with_its_contact(served: tuple[Kit, Any], api: Api, clock: FrozenClock) -> None:
    mira = add_mira(api)
    content = (
        f"From: Mira Solberg <{EMAIL.upper()}>\r\nTo: shop@example.org\r\nSubject: Re: Offer\r\nMessage-ID: <1@fjord.example>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nGjerne!\r\n\r\n> The offer\r\n"
    ).encode()
    for _ in range(2):
        assert post(served[1], "/messages/inbound/smtp", content, mailed(clock, content)) == 204
    thread = api.get(f"/conversations/{mira}").body["data"]
    assert (thread["lastMessage"], thread["unreadCount"]) == ("Gjerne!", 1)
    [message] = thread["messages"]
    assert (message["subject"], message["body"], message["status"]) == ("Re: Offer", "Gjerne!\n\n> The offer\n", "received")


def test_forged_mail_is_refused_and_kept_nowhere(served: tuple[Kit, Any], api: Api, clock: FrozenClock) -> None:
    content = b"From: mira@fjord.example\r\nTo: shop@example.org\r\n\r\nHello"
    other = sign("another secret", content, clock.now())
    for headers in ({}, {"Conduyt-Signature": other}, {"Conduyt-Signature": sign(SECRET, content + b"!", clock.now())}):
        assert post(served[1], "/messages/inbound/smtp", content, {"Content-Type": "message/rfc822", **headers}) == 403
    assert post(served[1], "/messages/status/smtp", content, mailed(clock, content)) == 404
    assert post(served[1], "/messages/inbound/smtp", b"not a mail", mailed(clock, b"not a mail")) == 400
    assert (api.get("/messages").body["data"], api.get("/contacts").body["data"]) == ([], [])


def test_large_mail_is_taken_whole_and_other_large_bodies_are_not(served: tuple[Kit, Any], api: Api, clock: FrozenClock) -> None:
    attachment = "x" * 72 + "\r\n"
    content = f"From: {EMAIL}\r\nTo: shop@example.org\r\nSubject: Plans\r\n\r\n{attachment * 30_000}".encode()
    assert len(content) > 2**21
    assert post(served[1], "/messages/inbound/smtp", content, mailed(clock, content)) == 204
    [message] = api.get("/messages").body["data"]
    assert message["body"].replace("\n", "").count("x") == 72 * 30_000
    assert post(served[1], "/messages/inbound/smtp", content, {**mailed(clock, content), "Content-Type": "text/plain"}) == 413
