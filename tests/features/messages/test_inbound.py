import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.messages.post import EMAIL, PHONE, PostPlugin, add_mira, call_back, come_in, shown, write
from tests.features.records import told
from tests.features.sales import add_contact, found, made
from tests.kernel.drained import DrainedPlugin, drain


def inbound(api: Api) -> list[dict[str, object]]:
    messages = api.get("/messages?direction=inbound").body["data"]
    assert isinstance(messages, list)
    return messages


def test_sms_is_kept_with_its_contact_and_told(kit: Kit, api: Api, mira: str) -> None:
    assert come_in(api, text="Thanks, tonight.", media=["https://media.example/1.jpg"]) == 204
    [message] = inbound(api)
    assert message == {
        "id": message["id"],
        "contactId": mira,
        "channel": "sms",
        "direction": "inbound",
        "body": "Thanks, tonight.",
        "status": "received",
        "sentAt": "2026-03-15T10:30:00Z",
    }
    detail = shown(api, str(message["id"]))
    assert (detail["media"], detail["address"], detail["provider"], detail["providerId"]) == (
        ["https://media.example/1.jpg"],
        PHONE,
        "smspost",
        "in-1",
    )
    [event] = told(kit, "message.")
    assert (event.name, event.data) == (
        "message.received",
        {
            "messageId": message["id"],
            "contactId": mira,
            "channel": "sms",
            "origin": None,
            "at": "2026-03-15T10:30:00Z",
            "preview": "Thanks, tonight.",
        },
    )


def test_mail_keeps_its_whole_text_and_its_preview_leaves_out_what_it_quotes(api: Api, mira: str) -> None:
    text = "Sounds good.\nSee you!\n\nOn Mon, 2 Mar 2026 at 10:00, Shop <shop@example.org> wrote:\n> The offer\n> is attached"
    assert come_in(api, "email", text=text, html="<p>Sounds good.</p><blockquote>x</blockquote>", subject="Re: Offer") == 204
    [message] = inbound(api)
    assert (message["subject"], message["body"]) == ("Re: Offer", "<p>Sounds good.</p><blockquote>x</blockquote>")
    assert shown(api, str(message["id"]))["text"] == text
    assert api.get("/conversations").body["data"][0]["lastMessage"] == "Sounds good. See you!"


@pytest.mark.parametrize(
    ("incoming", "preview"),
    [
        ({"text": "", "media": ["https://media.example/1.jpg"]}, "https://media.example/1.jpg"),
        ({"text": "> only\n> quoted"}, "> only > quoted"),
        ({"text": "a\x00b"}, "ab"),
    ],
)
def test_preview_is_never_empty_and_always_storable(api: Api, mira: str, incoming: dict[str, object], preview: str) -> None:
    assert come_in(api, **incoming) == 204  # type: ignore[arg-type]
    assert api.get("/conversations").body["data"][0]["lastMessage"] == preview


def test_message_that_comes_twice_is_kept_once(kit: Kit, api: Api, mira: str) -> None:
    assert [come_in(api), come_in(api), come_in(api, id="in-2")] == [204, 204, 204]
    assert len(inbound(api)) == 2
    assert len(told(kit, "message.received")) == 2
    assert api.get("/conversations").body["data"][0]["unreadCount"] == 2


def test_stranger_becomes_a_contact_once(api: Api) -> None:
    assert come_in(api, "email", sender="new.person@harbor.example") == 204
    assert come_in(api, "email", sender="New.Person@HARBOR.example", id="in-2") == 204
    assert come_in(api, sender="+14155550123") == 204
    assert come_in(api, sender="AMAZON", id="in-2") == 204
    assert come_in(api, sender="AMAZON", id="in-3") == 204
    contacts = api.get("/contacts").body["data"]
    assert [(one["firstName"], one["lastName"], one["email"], one["phone"], one["source"]) for one in contacts] == [
        ("AMAZON", "", None, None, "inbound sms"),
        ("+14155550123", "", None, "+14155550123", "inbound sms"),
        ("new.person", "", "new.person@harbor.example", None, "inbound email"),
    ]
    assert [conversation["unreadCount"] for conversation in api.get("/conversations").body["data"]] == [2, 1, 2]


def test_address_of_several_contacts_stands_for_the_one_written_to_last_or_else_the_oldest(
    kit: Kit, api: Api, clock: FrozenClock, mira: str
) -> None:
    clock.advance(dt.timedelta(seconds=1))
    twin = add_mira(api, firstName="Twin")
    assert come_in(api) == 204
    write(api, twin, "sms")
    drain(kit)
    assert come_in(api, id="in-2") == 204
    assert [message["contactId"] for message in inbound(api)] == [twin, mira]


@pytest.mark.parametrize("what", ["inbound", "status"])
@pytest.mark.parametrize(("provider", "signature", "status"), [("smspost", "", 403), ("smspost", "bad", 403), ("other", "good", 404)])
def test_forged_callback_and_unknown_provider_change_nothing(
    kit: Kit, api: Api, mira: str, what: str, provider: str, signature: str, status: int
) -> None:
    document = {"provider_id": "in-1", "sender": PHONE, "recipient": "x", "text": "Hello"}
    assert [call_back(api, what, provider, document, signature=signature) for _ in range(50)] == [status] * 50
    assert (inbound(api), told(kit, "message."), api.get("/suppressions").body["data"]) == ([], [], [])


def test_message_to_a_workspaces_own_number_is_that_workspaces(kit: Kit, api: Api, other_api: Api, mira: str) -> None:
    found(kit, "ws_b")
    theirs = add_mira(other_api)
    made(other_api, "/sender-identities", {"channel": "sms", "address": "+14155550199"})
    write(api, mira, "sms")
    drain(kit)
    assert come_in(api, recipient="+1 (415) 555-0199") == 204
    assert inbound(api) == []
    assert [message["contactId"] for message in inbound(other_api)] == [theirs]


def test_message_to_the_shared_sender_is_of_the_workspace_that_wrote_last(
    kit: Kit, api: Api, other_api: Api, clock: FrozenClock, mira: str
) -> None:
    found(kit, "ws_b")
    theirs = add_mira(other_api)
    for number, (writer, contact) in enumerate(((api, mira), (other_api, theirs), (api, mira))):
        write(writer, contact, "sms")
        drain(kit)
        assert come_in(api, id=f"in-{number}") == 204
        clock.advance(dt.timedelta(minutes=1))
    assert [message["contactId"] for message in inbound(api)] == [mira, mira]
    assert [message["contactId"] for message in inbound(other_api)] == [theirs]


def test_workspace_that_wrote_from_its_own_number_gets_no_answers_to_the_shared_one(
    kit: Kit, api: Api, other_api: Api, clock: FrozenClock, mira: str
) -> None:
    found(kit, "ws_b")
    write(api, mira, "sms")
    drain(kit)
    clock.advance(dt.timedelta(minutes=1))
    made(other_api, "/sender-identities", {"channel": "sms", "address": "+14155550199"})
    write(other_api, add_mira(other_api), "sms")
    drain(kit)
    assert come_in(api) == 204
    assert (len(inbound(api)), inbound(other_api)) == (1, [])


def test_message_of_a_stranger_to_the_shared_sender_of_several_workspaces_is_nobodys(kit: Kit, api: Api, other_api: Api) -> None:
    found(kit, "ws_b")
    assert come_in(api) == 404
    assert (inbound(api), inbound(other_api), api.get("/contacts").body["data"]) == ([], [], [])


@pytest.fixture
def reserved(tmp_path: Path, clock: FrozenClock, post: PostPlugin) -> Iterator[Api]:
    """The API of a workspace that takes messages of contacts only."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}, "messages": {"unknown_senders": "ignore"}}
    plugins = [TestAuthPlugin(), DrainedPlugin(), post]
    with storage_plugins(tmp_path) as more, Kit.build(settings, plugins=[*plugins, *more], clock=clock) as kit:
        yield Api(found(kit, "ws_a"), "admin-ws_a")


def test_strangers_are_ignored_where_the_setting_says_so(reserved: Api) -> None:
    known = add_contact(reserved, email=EMAIL)["id"]
    assert [come_in(reserved, "email"), come_in(reserved, "email", id="in-2", sender="x@y.example")] == [204, 204]
    assert [message["contactId"] for message in inbound(reserved)] == [known]
    assert reserved.get("/contacts").body["meta"]["total"] == 1


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_body_of_any_content_type_reaches_the_channel_as_it_came(api: Api, mira: str, content_type: str) -> None:
    headers = {"authorization": "", "x-signature": "good", **({"content-type": content_type} if content_type else {})}
    document = msgspec.json.encode({"provider_id": "in-1", "sender": PHONE, "recipient": "x", "text": "Hello"})
    assert api.send("POST", "/messages/inbound/smspost", document, headers).status == 204
    assert [message["body"] for message in inbound(api)] == ["Hello"]
