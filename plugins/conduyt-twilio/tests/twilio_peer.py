"""A stand-in for Twilio on a port of this machine, and its signatures by the published rule."""

import base64
import functools
import hashlib
import hmac
import json
import socket
import time
from urllib.parse import urlencode

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from conduyt_kit.kernel.settings import Secret
from conduyt_kit.ports.messages import Callback, ChannelName, DeliveryStatus
from conduyt_kit.testing.contracts.messages import Delivered, Failure
from conduyt_twilio.channel import TwilioChannel
from conduyt_twilio.settings import TwilioSettings

SID = "AC" + "0" * 32
TOKEN = "12345678901234567890123456789012"
FROM = "+14155550100"
PUBLIC_URL = "https://crm.example.org"
FAILURES: dict[Failure, tuple[int, int]] = {
    "overloaded": (429, 20429),
    "recipient": (400, 21211),
    "content": (400, 21617),
    "credentials": (401, 20003),
    "sender": (400, 21606),
}


def signed(path: str, form: list[tuple[str, str]], *, token: str = TOKEN, base: str = PUBLIC_URL) -> Callback:
    """Sign a form as https://www.twilio.com/docs/usage/security says: the URL, then each field in order of its name."""
    url = base + path
    text = url
    for name, value in sorted(form):
        text += name + value
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": base64.b64encode(digest).decode()}
    return Callback(url=url, headers=headers, body=urlencode(form).encode(), parameters=dict(form))


class TwilioBench:
    kind: ChannelName = "sms"
    secrets = (TOKEN,)

    def __init__(self, server: HTTPServer) -> None:
        self.requests: list[Request] = []
        self.forms: list[dict[str, str]] = []
        self.answer: tuple[int, dict[str, object], dict[str, str]] | None = None
        self.timeout = 10.0
        self._server = server
        self._how: Failure | None = None
        server.expect_request(f"/2010-04-01/Accounts/{SID}/Messages.json", method="POST").respond_with_handler(self._take)
        server.expect_request(f"/2010-04-01/Accounts/{SID}.json", method="GET").respond_with_handler(self._account)

    @functools.cached_property
    def channel(self) -> TwilioChannel:
        return self.make()

    def close(self) -> None:
        if "channel" in self.__dict__:
            self.channel.close()

    def make(self, **values: object) -> TwilioChannel:
        usual: dict[str, object] = {
            "account_sid": SID,
            "auth_token": Secret(TOKEN),
            "from_number": FROM,
            "api_url": self._server.url_for(""),
            "timeout": self.timeout,
        }
        public_url = str(values.pop("public_url", PUBLIC_URL))
        return TwilioChannel(TwilioSettings(**{**usual, **values}), public_url=public_url)  # type: ignore[arg-type]

    def _take(self, request: Request) -> Response:
        self.requests.append(request)
        if self._how == "slow":
            time.sleep(0.6)
        failure = FAILURES.get(self._how) if self._how else None
        if failure:
            status, code = failure
            return Response(json.dumps({"code": code, "message": "no", "status": status}), status, content_type="application/json")
        if self.answer is not None:
            status, body, headers = self.answer
            return Response(json.dumps(body), status, headers=headers, content_type="application/json")
        if self._how in (None, "lost"):
            self.forms.append(dict(request.form))
        if self._how == "lost":
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        body = {"sid": f"SM{len(self.forms):032d}", "status": "queued", "error_code": None}
        return Response(json.dumps(body), 201, content_type="application/json")

    def _account(self, request: Request) -> Response:
        self.requests.append(request)
        if self._how == "credentials":
            return Response(json.dumps({"code": 20003}), 401, content_type="application/json")
        return Response(json.dumps({"sid": SID, "status": "active"}), 200, content_type="application/json")

    def delivered(self) -> list[Delivered]:
        return [Delivered(to=form["To"], text=form["Body"]) for form in self.forms]

    def fail(self, how: Failure | None) -> None:
        self._how = how
        if how == "slow":
            self.timeout = 0.3
        if how == "unreachable":
            self._server.stop()
        elif not self._server.is_running():
            self._server.start()

    def status_callback(self, provider_id: str, status: DeliveryStatus) -> Callback | None:
        form = [("MessageSid", provider_id), ("MessageStatus", status), ("To", "+14155552671"), ("AccountSid", SID)]
        if status == "failed":
            form.append(("ErrorCode", "30005"))
        return signed("/api/v1/messages/status/twilio", form)

    def incoming_callback(self, sender: str, recipient: str, text: str) -> Callback | None:
        form = [("MessageSid", "SM1"), ("From", sender), ("To", recipient), ("Body", text), ("NumMedia", "0"), ("AccountSid", SID)]
        return signed("/api/v1/messages/inbound/twilio", form)
