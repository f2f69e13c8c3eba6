import base64

import httpx2
import pytest

from conduyt_kit.kernel.errors import Misconfigured, ProviderError, Rejected, Temporary, Unsupported
from conduyt_kit.ports.messages import OutgoingMessage
from conduyt_twilio.errors import of_failure
from conduyt_twilio.payload import status_url

from .twilio_peer import FROM, SID, TOKEN, TwilioBench

MESSAGE = OutgoingMessage(id="m1", to="+14155552671", text="Grüße & 100% = 👋")


def test_call_has_the_documented_form_and_login(twilio: TwilioBench) -> None:
    twilio.channel.send(MESSAGE)

    [request] = twilio.requests
    assert request.path == f"/2010-04-01/Accounts/{SID}/Messages.json"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert twilio.forms == [
        {
            "To": "+14155552671",
            "From": FROM,
            "Body": "Grüße & 100% = 👋",
            "StatusCallback": "https://crm.example.org/api/v1/messages/status/twilio",
        }
    ]


def test_sender_of_the_message_goes_before_the_setting(twilio: TwilioBench) -> None:
    twilio.channel.send(OutgoingMessage(id="m1", to="+14155552671", text="Hi", sender="+14155550111"))

    assert twilio.forms[0]["From"] == "+14155550111"


def test_messaging_service_is_named_as_such(twilio: TwilioBench) -> None:
    channel = twilio.make(from_number="MG" + "1" * 32)

    channel.send(MESSAGE)
    channel.close()

    assert twilio.forms[0]["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in twilio.forms[0]


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://crm.example.org", "https://crm.example.org/api/v1/messages/status/twilio"),
        ("https://example.org/crm/", "https://example.org/crm/api/v1/messages/status/twilio"),
        ("http://8.8.8.8:8000", "http://8.8.8.8:8000/api/v1/messages/status/twilio"),
        ("http://127.0.0.1:8000", None),
        ("http://localhost:8000", None),
        ("http://[::1]:8000", None),
        ("http://10.0.0.7", None),
        ("http://crm.local", None),
        ("http://crm", None),
        ("nonsense", None),
    ],
)
def test_status_is_only_asked_for_where_twilio_can_reach_us(public_url: str, expected: str | None) -> None:
    assert status_url(public_url) == expected


@pytest.mark.parametrize("field", ["subject", "html", "reply_to"])
def test_what_an_sms_cannot_carry_is_not_dropped_silently(twilio: TwilioBench, field: str) -> None:
    with pytest.raises(Unsupported, match=field):
        twilio.channel.send(OutgoingMessage(**{"id": "m1", "to": "+14155552671", "text": "Hi", field: "x"}))  # type: ignore[arg-type]

    assert twilio.requests == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("accepted", "queued"),
        ("scheduled", "queued"),
        ("queued", "queued"),
        ("sending", "queued"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("something new", "queued"),
    ],
)
def test_status_of_the_answer_is_mapped(twilio: TwilioBench, said: str, status: str) -> None:
    twilio.answer = (201, {"sid": "SM7", "status": said}, {})

    result = twilio.channel.send(MESSAGE)

    assert (result.provider, result.provider_id, result.status) == ("twilio", "SM7", status)


def test_message_that_failed_at_once_is_rejected_with_the_reason(twilio: TwilioBench) -> None:
    twilio.answer = (201, {"sid": "SM7", "status": "failed", "error_code": 30006}, {})

    with pytest.raises(Rejected, match="landline or its carrier cannot be reached"):
        twilio.channel.send(MESSAGE)


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (400, 21211, Rejected, "not a valid phone number (Twilio 21211)"),
        (400, 21610, Rejected, "opted out by replying STOP"),
        (400, 21408, Rejected, "may not send SMS to this country"),
        (403, 21408, Rejected, "may not send SMS to this country"),
        (400, 21614, Rejected, "cannot receive SMS"),
        (400, 21617, Rejected, "1,600 characters"),
        (400, 99999, Rejected, "something odd (Twilio 99999)"),
        (400, 21606, Misconfigured, "CONDUYT_TWILIO_FROM_NUMBER"),
        (400, 21212, Misconfigured, "CONDUYT_TWILIO_FROM_NUMBER"),
        (400, 21609, Misconfigured, "CONDUYT_PUBLIC_URL"),
        (401, 20003, Misconfigured, "CONDUYT_TWILIO_AUTH_TOKEN"),
        (401, 0, Misconfigured, "CONDUYT_TWILIO_AUTH_TOKEN"),
        (403, 0, Misconfigured, "CONDUYT_TWILIO_AUTH_TOKEN"),
        (404, 20404, Misconfigured, "CONDUYT_TWILIO_ACCOUNT_SID"),
        (404, 0, Misconfigured, "CONDUYT_TWILIO_ACCOUNT_SID"),
        (301, 0, Misconfigured, "CONDUYT_TWILIO_ACCOUNT_SID"),
        (429, 20429, Temporary, "429"),
        (429, 63038, Temporary, "as many messages as it may today"),
        (500, 20500, Temporary, "500"),
        (502, 0, Temporary, "502"),
        (503, 20503, Temporary, "503"),
        (400, 30001, Temporary, "queue of the sender's number is full"),
    ],
)
def test_answer_is_mapped(twilio: TwilioBench, status: int, code: int, kind: type[ProviderError], words: str) -> None:
    twilio.answer = (status, {"code": code, "message": "something\nodd", "status": status}, {"Location": "http://evil.example/"})

    with pytest.raises(ProviderError) as caught:
        twilio.channel.send(MESSAGE)

    assert type(caught.value) is kind
    assert words in caught.value.message
    assert len(twilio.requests) == 1


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-1", None), ("9" * 30, None)])
def test_time_to_wait_is_told(twilio: TwilioBench, header: str, seconds: float | None) -> None:
    twilio.answer = (429, {"code": 20429}, {"Retry-After": header})

    with pytest.raises(Temporary) as caught:
        twilio.channel.send(MESSAGE)

    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [200, 201])
def test_success_that_is_not_twilios_is_no_success(twilio: TwilioBench, status: int) -> None:
    twilio.answer = (status, {}, {})

    with pytest.raises(Temporary, match="cannot be read") as caught:
        twilio.channel.send(MESSAGE)

    assert caught.value.uncertain


@pytest.mark.parametrize(
    ("status", "code", "uncertain"),
    [
        (429, 20429, False),
        (500, 20500, True),
        (502, 0, True),
        (503, 20503, False),
        (504, 0, True),
        (400, 30001, False),
        (400, 20500, False),
    ],
)
def test_answer_is_uncertain_where_the_message_may_have_been_taken(twilio: TwilioBench, status: int, code: int, uncertain: bool) -> None:
    twilio.answer = (status, {"code": code}, {"Retry-After": "7"})

    with pytest.raises(Temporary) as caught:
        twilio.channel.send(MESSAGE)

    assert (caught.value.uncertain, caught.value.retry_after) == (uncertain, 7.0)


def test_silence_after_the_request_is_uncertain(twilio: TwilioBench) -> None:
    twilio.fail("slow")

    with pytest.raises(Temporary, match="does not answer in time") as caught:
        twilio.channel.send(MESSAGE)

    assert caught.value.uncertain


@pytest.mark.parametrize(
    ("kind", "uncertain"),
    [
        (httpx2.ConnectError, False),
        (httpx2.ConnectTimeout, False),
        (httpx2.PoolTimeout, False),
        (httpx2.ReadTimeout, True),
        (httpx2.WriteTimeout, True),
        (httpx2.ReadError, True),
        (httpx2.WriteError, True),
        (httpx2.RemoteProtocolError, True),
        (httpx2.DecodingError, True),
    ],
)
def test_failure_is_certain_only_where_the_request_never_left(kind: type[httpx2.RequestError], uncertain: bool) -> None:
    error = of_failure(kind("no"))

    assert isinstance(error, Temporary)
    assert error.uncertain is uncertain


@pytest.mark.parametrize("url", ["http://", "http://127.0.0.1:x", "https:///x"])
def test_impossible_api_address_names_the_setting(twilio: TwilioBench, url: str) -> None:
    channel = twilio.make(api_url=url)

    with pytest.raises(Misconfigured, match="CONDUYT_TWILIO_API_URL"):
        channel.send(MESSAGE)
    channel.close()


def test_check_asks_for_the_account(twilio: TwilioBench) -> None:
    assert twilio.channel.check() == f"The Twilio account {SID} is active"
    assert [request.method for request in twilio.requests] == ["GET"]


def test_check_reports_refused_credentials(twilio: TwilioBench) -> None:
    twilio.fail("credentials")

    with pytest.raises(Misconfigured, match="CONDUYT_TWILIO_AUTH_TOKEN"):
        twilio.channel.check()
