import random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduyt_kit.kernel.errors import InvalidRequest, SignatureInvalid
from conduyt_kit.ports.messages import Callback, IncomingMessage, StatusUpdate
from conduyt_twilio.callbacks import read_incoming, read_status, signature

from .twilio_peer import TOKEN, signed

STATUS = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("AccountSid", "AC1")]
INCOMING = [("MessageSid", "SM1"), ("From", "+14155552671"), ("To", "+14155550100"), ("Body", "Hi"), ("NumMedia", "0")]


def test_signature_is_the_one_of_twilios_documentation() -> None:
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("From", "+12349013030"),
        ("To", "+18005551212"),
        ("Caller", "+12349013030"),
        ("Digits", "1234"),
    ]

    assert signature("https://mycompany.com/myapp.php?foo=1&bar=2", fields, "12345") == b"0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@given(st.lists(st.tuples(st.text(max_size=10), st.text(max_size=20)), max_size=8, unique_by=lambda pair: pair[0]), st.randoms())
def test_order_of_the_fields_does_not_matter(fields: list[tuple[str, str]], order: random.Random) -> None:
    shuffled = order.sample(fields, len(fields))

    assert signature("https://crm.example.org/x", shuffled, TOKEN) == signature("https://crm.example.org/x", fields, TOKEN)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("accepted", "queued"),
        ("queued", "queued"),
        ("sending", "queued"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "delivered"),
    ],
)
def test_status_is_mapped(status: str, expected: str) -> None:
    update = read_status(signed("/s", [("MessageSid", "SM1"), ("MessageStatus", status)]), TOKEN)

    assert update == StatusUpdate(provider_id="SM1", status=expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("30003", "the phone is switched off or out of reach (Twilio 30003)"),
        ("30007", "the carrier filtered the message as unwanted (Twilio 30007)"),
        ("31999", "Twilio gives the error 31999"),
        ("", "Twilio gives no reason"),
        ("x", "Twilio gives no reason"),
    ],
)
@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
def test_failure_says_why(status: str, code: str, reason: str) -> None:
    update = read_status(signed("/s", [("MessageSid", "SM1"), ("MessageStatus", status), ("ErrorCode", code)]), TOKEN)

    assert update == StatusUpdate(provider_id="SM1", status="failed", reason=reason)


@pytest.mark.parametrize("form", [[("MessageSid", "SM1")], [("MessageStatus", "sent")], [("MessageSid", "SM1"), ("MessageStatus", "new")],
                                  [("MessageSid", "SM1"), ("SmsStatus", "received")]])  # fmt: skip
def test_callback_without_news_says_nothing(form: list[tuple[str, str]]) -> None:
    assert read_status(signed("/s", form), TOKEN) is None


def test_incoming_message_keeps_text_and_media_links() -> None:
    form = [
        *INCOMING[:3],
        ("Body", "Grüße & 100%\n👋"),
        ("NumMedia", "2"),
        ("MediaUrl0", "https://api.twilio.com/a"),
        ("MediaUrl1", "https://api.twilio.com/b"),
    ]

    message = read_incoming(signed("/i?x=1", form), TOKEN)

    assert message == IncomingMessage(
        provider_id="SM1",
        sender="+14155552671",
        recipient="+14155550100",
        text="Grüße & 100%\n👋",
        media=("https://api.twilio.com/a", "https://api.twilio.com/b"),
    )


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_signed_callback_without_a_message_is_refused(missing: str) -> None:
    with pytest.raises(InvalidRequest):
        read_incoming(signed("/i", [field for field in INCOMING if field[0] != missing]), TOKEN)


def test_empty_text_counts_as_a_field_of_the_signature() -> None:
    assert read_incoming(signed("/i", [*INCOMING[:3], ("Body", "")]), TOKEN).text == ""


@pytest.mark.parametrize(
    ("told", "reached"),
    [
        ("https://crm.example.org", "https://crm.example.org:443"),
        ("https://crm.example.org:443", "https://crm.example.org"),
        ("http://crm.example.org:80", "http://crm.example.org"),
        ("https://crm.example.org", "https://crm.example.org"),
        ("https://crm.example.org:8443", "https://crm.example.org:8443"),
        ("https://crm.example.org", "https://crm.example.org:8443"),
    ],
)
def test_port_may_be_signed_or_not(told: str, reached: str) -> None:
    callback = signed("/s?a=1", STATUS, base=told)

    assert read_status(attrs.evolve(callback, url=reached + "/s?a=1"), TOKEN) is not None


@pytest.mark.parametrize("url", ["http://crm.example.org/s", "https://crm.example.com/s", "https://crm.example.org/t", "https://crm.example.org/s?a=1",
                                 "https://10.0.0.7/s", "", "https://[/s", "https://crm.example.org:x/s"])  # fmt: skip
def test_signature_of_another_address_is_refused(url: str) -> None:
    with pytest.raises(SignatureInvalid):
        read_status(attrs.evolve(signed("/s", STATUS), url=url), TOKEN)


def test_fields_come_from_the_parameters_where_the_body_was_read_already() -> None:
    assert read_status(attrs.evolve(signed("/s", STATUS), body=b""), TOKEN) is not None


def test_body_and_not_the_parameters_is_what_counts() -> None:
    callback = attrs.evolve(signed("/s", STATUS), parameters={"MessageSid": "SM9", "MessageStatus": "failed"})

    assert read_status(callback, TOKEN) == StatusUpdate(provider_id="SM1", status="delivered")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a%d=1" % number for number in range(500))])
def test_body_that_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        read_status(attrs.evolve(signed("/s", STATUS), body=body), TOKEN)


def test_empty_token_signs_nothing() -> None:
    with pytest.raises(SignatureInvalid):
        read_status(signed("/s", STATUS, token=""), "")


def test_a_thousand_forged_callbacks_are_refused() -> None:
    good = signed("/s", STATUS)
    dice = random.Random(21)
    text = good.headers["X-Twilio-Signature"]
    refused = 0
    for number in range(1000):
        position = dice.randrange(len(text) - 2)
        forged: Callback = [
            attrs.evolve(
                good, headers={"X-Twilio-Signature": text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]}
            ),
            attrs.evolve(good, body=good.body + b"&x%d=1" % number),
            signed("/s", STATUS, token=f"{number:032d}"),
            attrs.evolve(good, url=f"https://crm.example.org/s?{number}"),
        ][number % 4]
        with pytest.raises(SignatureInvalid):
            read_status(forged, TOKEN)
        refused += 1

    assert refused == 1000
    assert read_status(good, TOKEN) is not None
