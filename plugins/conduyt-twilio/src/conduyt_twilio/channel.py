"""The SMS channel through Twilio's Messages API."""

from typing import Any

import httpx2

from conduyt_kit.kernel.errors import Rejected
from conduyt_kit.ports.messages import Callback, DeliveryStatus, IncomingMessage, OutgoingMessage, SendResult, StatusUpdate
from conduyt_twilio import callbacks
from conduyt_twilio.errors import PROVIDER, json_of, of_answer, of_failure, reason_of
from conduyt_twilio.payload import STATUSES, form_of
from conduyt_twilio.settings import TwilioSettings


class TwilioChannel:
    """A `MessageChannel` that sends SMS by Twilio.

    The provider's id is the message SID. Twilio's API has no idempotency keys: where its answer is lost, `send` raises an
    uncertain `Temporary`: the message may have been sent.

    Args:
        settings: the section ``twilio``.
        public_url: the server's address, where Twilio reports what became of a message.
    """

    def __init__(self, settings: TwilioSettings, *, public_url: str) -> None:
        self._settings = settings
        self._public_url = public_url
        self._account = f"{settings.api_url.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}"
        # The kit reads the environment in one place only, so neither proxies nor .netrc come in here.
        self._client = httpx2.Client(
            auth=(settings.account_sid, settings.auth_token.reveal()), timeout=settings.timeout, trust_env=False, follow_redirects=False
        )

    @property
    def provider(self) -> str:
        return PROVIDER

    def send(self, message: OutgoingMessage) -> SendResult:
        form = form_of(message, from_number=self._settings.from_number, public_url=self._public_url)
        answer = json_of(self._call("POST", "/Messages.json", data=form))
        status: DeliveryStatus = STATUSES.get(str(answer.get("status")), "queued")
        if status == "failed":
            raise Rejected(f"Twilio refuses the message: {reason_of(answer.get('error_code'))}", PROVIDER)
        return SendResult(provider=PROVIDER, provider_id=str(answer.get("sid") or "") or None, status=status)

    def read_status(self, callback: Callback) -> StatusUpdate | None:
        return callbacks.read_status(callback, self._settings.auth_token.reveal())

    def read_incoming(self, callback: Callback) -> IncomingMessage:
        return callbacks.read_incoming(callback, self._settings.auth_token.reveal())

    def check(self) -> str:
        """Ask Twilio for the account, and return a sentence on it.

        Raises:
            Temporary: Twilio cannot be reached.
            Misconfigured: it does not know the account or token.
        """
        status = json_of(self._call("GET", ".json")).get("status", "unknown")
        return f"The Twilio account {self._settings.account_sid} is {status}"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _call(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            answer = self._client.request(method, self._account + path, **options)
        except httpx2.InvalidURL as error:
            raise of_failure(httpx2.UnsupportedProtocol(str(error))) from error
        except httpx2.HTTPError as error:
            raise of_failure(error) from error
        if not answer.is_success:
            raise of_answer(answer)
        return answer
