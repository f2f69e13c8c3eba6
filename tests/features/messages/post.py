"""A channel that does as it is told, and a workspace that writes with it."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import msgspec

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.errors import SignatureInvalid
from conduyt_kit.kernel.jobs import JOB, Job
from conduyt_kit.kernel.query import where
from conduyt_kit.ports.messages import (
    EMAIL_CHANNEL,
    SMS_CHANNEL,
    Callback,
    ChannelName,
    IncomingMessage,
    OutgoingMessage,
    SendResult,
    StatusUpdate,
)
from tests.features.calls import Api
from tests.features.sales import add_contact

EMAIL, PHONE = "mira@fjord.example", "+4722856000"
Act = Callable[[OutgoingMessage], SendResult | None]


class Post:
    """A message channel: keeps what it sends, does the next of `acts` at each sending, takes callbacks signed ``good``."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.sent: list[OutgoingMessage] = []
        self.acts: list[Act] = []
        self._lock = threading.Lock()

    def send(self, message: OutgoingMessage) -> SendResult:
        with self._lock:
            act = self.acts.pop(0) if self.acts else None
        answer = act(message) if act else None
        with self._lock:
            self.sent.append(message)
            return answer or SendResult(provider=self.provider, provider_id=f"{self.provider}-{message.id}")

    def read_status(self, callback: Callback) -> StatusUpdate | None:
        document = self._verified(callback)
        return StatusUpdate(**document) if document else None

    def read_incoming(self, callback: Callback) -> IncomingMessage:
        return msgspec.convert(self._verified(callback), IncomingMessage)

    def _verified(self, callback: Callback) -> Any:
        if callback.headers.get("x-signature") != "good":
            raise SignatureInvalid("Not signed", self.provider)
        return msgspec.json.decode(callback.body)


class PostPlugin(KitPlugin):
    name: ClassVar[str] = "post"

    def __init__(self) -> None:
        self.mail = Post("mailpost")
        self.sms = Post("smspost")

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [
            ProviderSpec(port=EMAIL_CHANNEL, name="mailpost", make=lambda _: self.mail),
            ProviderSpec(port=SMS_CHANNEL, name="smspost", make=lambda _: self.sms),
        ]


def failing(error: Exception) -> Act:
    """Return an act that raises."""

    def act(_: OutgoingMessage) -> SendResult | None:
        raise error

    return act


def add_mira(api: Api, **more: Any) -> str:
    """Add a contact with an address and a number and return the id."""
    id = add_contact(api, **{"email": EMAIL, "phone": PHONE, **more})["id"]
    assert isinstance(id, str)
    return id


def write(api: Api, contact: str, channel: ChannelName = "email", **more: Any) -> str:
    """Write a message to a contact and return its id."""
    given: dict[str, Any] = {"contactId": contact, "channel": channel, "body": "Good morning", **more}
    if channel == "email":
        given.setdefault("subject", "Offer")
    status, body = api.post("/messages", given)
    assert status == 201, body
    id = body["data"]["id"]
    assert isinstance(id, str)
    return id


def shown(api: Api, id: str) -> dict[str, Any]:
    status, body = api.get(f"/messages/{id}")
    assert status == 200, body
    found = body["data"]
    assert isinstance(found, dict)
    return found


def state(api: Api, id: str) -> tuple[str, str | None]:
    """Return a message's status and reason."""
    found = shown(api, id)
    return found["status"], found["reason"]


def call_back(api: Api, what: str, provider: str, document: Any, *, signature: str = "good") -> int:
    """Post a callback without a bearer token, as a provider does, and return the status."""
    headers = {"authorization": "", "x-signature": signature, "content-type": "application/x-post"}
    return api.send("POST", f"/messages/{what}/{provider}", msgspec.json.encode(document), headers).status


def come_in(api: Api, channel: ChannelName = "sms", *, id: str = "in-1", **more: Any) -> int:
    """Let a message come in from Mira and return the status."""
    sender, recipient = (PHONE, "+14155550100") if channel == "sms" else (EMAIL, "shop@example.org")
    document = {"provider_id": id, "sender": sender, "recipient": recipient, "text": "Hello", **more}
    return call_back(api, "inbound", "smspost" if channel == "sms" else "mailpost", document)


def jobs_of(kit: Kit, kind: str, workspace: str = "ws_a") -> list[Job]:
    with kit.unit_of_work(workspace, write=False) as unit:
        return list(unit.repository(JOB).all(where(kind=kind), sort=("created_at", "id")))
