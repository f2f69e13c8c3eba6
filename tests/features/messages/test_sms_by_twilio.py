import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.messages.post import PHONE, add_mira, shown, state, write
from tests.features.messages.served import PUBLIC_URL, post, serving
from tests.kernel.drained import drain

SID, TOKEN, NUMBER = "AC" + "0" * 32, "12345678901234567890123456789012", "+14155550100"


class Peer:
    """A stand-in for Twilio's API that records what it is asked."""

    def __init__(self, server: HTTPServer) -> None:
        self.forms: list[dict[str, str]] = []
        self.refuse: tuple[int, int] | None = None
        server.expect_request(f"/2010-04-01/Accounts/{SID}/Messages.json", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        if self.refuse:
            status, code = self.refuse
            return Response(json.dumps({"code": code, "message": "no"}), status, content_type="application/json")
        self.forms.append(dict(request.form))
        answer = {"sid": f"SM{len(self.forms):032d}", "status": "queued"}
        return Response(json.dumps(answer), 201, content_type="application/json")


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as running:
        yield running


@pytest.fixture
def peer(server: HTTPServer) -> Peer:
    server.clear()
    return Peer(server)


@pytest.fixture
def served(tmp_path: Path, clock: FrozenClock, server: HTTPServer, peer: Peer) -> Iterator[tuple[Kit, Any]]:
    twilio = {"account_sid": SID, "auth_token": TOKEN, "from_number": NUMBER, "api_url": server.url_for("")}
    with serving(tmp_path, clock, twilio=twilio) as found:
        yield found


@pytest.fixture
def kit(served: tuple[Kit, Any]) -> Kit:
    return served[0]


def call_back(client: Any, path: str, form: dict[str, str], *, token: str = TOKEN) -> int:
    """Post a form signed as Twilio does: the public address, then each field in order of its name."""
    signed = f"{PUBLIC_URL}/api/v1{path}" + "".join(name + value for name, value in sorted(form.items()))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return post(client, path, urlencode(form).encode(), headers)


def incoming(text: str, sid: str = "SM1", **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "From": PHONE, "To": NUMBER, "Body": text, "NumMedia": "0", "AccountSid": SID, **more}


def test_sms_goes_out_and_its_delivery_comes_back(served: tuple[Kit, Any], kit: Kit, api: Api, peer: Peer) -> None:
    id = write(api, add_mira(api), "sms", body="Your proposal is ready, Søren")
    drain(kit)
    callback = f"{PUBLIC_URL}/api/v1/messages/status/twilio"
    assert peer.forms == [{"To": PHONE, "From": NUMBER, "Body": "Your proposal is ready, Søren", "StatusCallback": callback}]
    sid = shown(api, id)["providerId"]
    assert (state(api, id), sid) == (("sent", None), "SM" + "0" * 31 + "1")

    report = {"MessageSid": sid, "MessageStatus": "delivered", "To": PHONE, "AccountSid": SID}
    assert call_back(served[1], "/messages/status/twilio", report, token="forged") == 403
    assert state(api, id) == ("sent", None)
    assert call_back(served[1], "/messages/status/twilio", report) == 204
    assert state(api, id) == ("delivered", None)


def test_carriers_refusal_is_the_messages_reason(served: tuple[Kit, Any], kit: Kit, api: Api, peer: Peer) -> None:
    mira = add_mira(api)
    undelivered = write(api, mira, "sms")
    drain(kit)
    report = {"MessageSid": shown(api, undelivered)["providerId"], "MessageStatus": "undelivered", "ErrorCode": "30005"}
    assert call_back(served[1], "/messages/status/twilio", report) == 204
    assert state(api, undelivered) == ("failed", "the number is unknown or no longer in service (Twilio 30005)")

    peer.refuse = (400, 21610)
    refused = write(api, mira, "sms")
    drain(kit)
    assert state(api, refused) == ("failed", "Twilio refuses the message: the recipient has opted out by replying STOP (Twilio 21610)")


def test_answer_stop_and_pictures_come_in(served: tuple[Kit, Any], kit: Kit, api: Api, peer: Peer) -> None:
    mira = add_mira(api)
    picture = "https://api.twilio.com/media/ME1"
    assert call_back(served[1], "/messages/inbound/twilio", incoming("Look!", MediaUrl0=picture)) == 204
    assert call_back(served[1], "/messages/inbound/twilio", incoming("STOP", "SM2")) == 204
    assert call_back(served[1], "/messages/inbound/twilio", incoming("STOP", "SM3"), token="forged") == 403
    thread = api.get(f"/conversations/{mira}").body["data"]
    assert [message["body"] for message in thread["messages"]] == ["Look!", "STOP"]
    assert shown(api, thread["messages"][0]["id"])["media"] == [picture]
    assert api.post("/messages", {"contactId": mira, "channel": "sms", "body": "Hello"}).status == 422
    drain(kit)
    assert peer.forms == []
