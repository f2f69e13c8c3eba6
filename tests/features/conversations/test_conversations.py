import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.messages.post import PostPlugin, add_mira, come_in, write
from tests.features.sales import add_contact, found
from tests.kernel.drained import DrainedPlugin, drain

KEYS = ["id", "contactId", "contactName", "lastMessage", "lastChannel", "lastAt", "unreadCount"]


@pytest.fixture
def kit(tmp_path: Path, clock: FrozenClock) -> Iterator[Kit]:
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    plugins = [TestAuthPlugin(), DrainedPlugin(), PostPlugin()]
    with storage_plugins(tmp_path) as more, Kit.build(settings, plugins=[*plugins, *more], clock=clock) as kit:
        yield found(kit, "ws_a")


@pytest.fixture
def mira(api: Api) -> str:
    return add_mira(api)


def test_thread_shows_its_newest_message_in_the_documented_shape(kit: Kit, api: Api, clock: FrozenClock, mira: str) -> None:
    write(api, mira, body="<p>The offer</p>")
    drain(kit)
    clock.advance(dt.timedelta(minutes=1))
    come_in(api, text="Thanks, I'll review it tonight.")
    listed = api.get("/conversations").body
    [thread] = listed["data"]
    assert list(thread) == KEYS
    assert thread == {
        "id": thread["id"],
        "contactId": mira,
        "contactName": "Mira Solberg",
        "lastMessage": "Thanks, I'll review it tonight.",
        "lastChannel": "sms",
        "lastAt": "2026-03-15T10:31:00Z",
        "unreadCount": 1,
    }
    assert thread["id"].startswith("conv_")
    assert listed["meta"] == {"page": 1, "limit": 50, "total": 1, "totalPages": 1}
    assert differences(documented("GET", "/conversations").reply, listed) == []


def test_single_thread_has_all_messages_of_all_channels_oldest_first(kit: Kit, api: Api, clock: FrozenClock, mira: str) -> None:
    write(api, mira, body="<p>One</p>", subject="Offer")
    for number in range(2):
        clock.advance(dt.timedelta(minutes=1))
        come_in(api, text=f"In {number}", id=f"in-{number}")
    write(api, mira, "sms", body="Two")
    drain(kit)
    for path in (f"/conversations/{mira}", f"/conversations/con_{mira}"):
        thread = api.get(path).body["data"]
        assert {key: thread[key] for key in KEYS} == api.get("/conversations").body["data"][0]
        assert [(message["body"], message["status"]) for message in thread["messages"]] == [
            ("<p>One</p>", "sent"),
            ("In 0", "received"),
            ("In 1", "received"),
            ("Two", "sent"),
        ]
        assert thread["messages"] == list(reversed(api.get("/messages").body["data"]))
    assert [message["body"] for message in api.get(f"/conversations/{mira}?limit=2").body["data"]["messages"]] == ["In 1", "Two"]
    assert (api.get(f"/conversations/{mira}?limit=0").status, api.get(f"/conversations/{mira}?limit=x").status) == (400, 400)


def test_threads_are_listed_with_the_newest_first_and_pages_keep_the_order(api: Api, clock: FrozenClock) -> None:
    contacts = [add_mira(api, email=f"{number}@fjord.example", phone=f"+472285600{number}", firstName=f"C{number}") for number in range(6)]
    for contact in contacts:
        write(api, contact, "sms")
        clock.advance(dt.timedelta(seconds=1))
    come_in(api, sender="+4722856002", text="Newest")
    expected = [contacts[2], *reversed(contacts[3:]), contacts[1], contacts[0]]

    def listed(query: str) -> list[str]:
        return [thread["contactId"] for thread in api.get(f"/conversations?{query}").body["data"]]

    assert listed("") == expected
    assert listed("limit=4") + listed("limit=4&page=2") == expected
    first = api.get("/conversations?limit=4&cursor=").body
    rest = api.get(f"/conversations?limit=4&cursor={first['meta']['nextCursor']}").body
    assert [thread["contactId"] for thread in (*first["data"], *rest["data"])] == expected


def test_reading_marks_what_is_there_and_the_next_one_counts_again(api: Api, mira: str) -> None:
    for number in range(3):
        come_in(api, id=f"in-{number}")
    status, body = api.post(f"/conversations/{mira}/read")
    assert (status, list(body["data"]), body["data"]["unreadCount"]) == (200, KEYS, 0)
    assert api.post(f"/conversations/{mira}/read").body == body
    come_in(api, id="in-3")
    assert api.get("/conversations").body["data"][0]["unreadCount"] == 1


def test_outbound_messages_are_never_unread(kit: Kit, api: Api, mira: str) -> None:
    write(api, mira, "sms")
    drain(kit)
    assert api.get("/conversations").body["data"][0]["unreadCount"] == 0


def test_contact_without_messages_has_an_empty_thread_and_an_unknown_one_none(api: Api, mira: str) -> None:
    empty = {
        "id": None,
        "contactId": mira,
        "contactName": "Mira Solberg",
        "lastMessage": None,
        "lastChannel": None,
        "lastAt": None,
        "unreadCount": 0,
    }
    assert api.get(f"/conversations/{mira}") == (200, {"data": {**empty, "messages": []}})
    assert api.post(f"/conversations/{mira}/read") == (200, {"data": empty})
    assert api.get("/conversations").body["data"] == []
    assert (api.get("/conversations/nobody").status, api.post("/conversations/nobody/read").status) == (404, 404)


def test_name_follows_the_contact_and_the_thread_goes_with_it(api: Api, mira: str) -> None:
    come_in(api)
    api.patch(f"/contacts/{mira}", {"lastName": "", "firstName": "Mia"})
    assert api.get("/conversations").body["data"][0]["contactName"] == "Mia"
    api.delete(f"/contacts/{mira}")
    assert api.get("/conversations").body["data"] == []
    assert api.get(f"/conversations/{mira}").status == 404


def test_thread_of_another_workspace_is_neither_seen_nor_read(kit: Kit, api: Api, other_api: Api, mira: str) -> None:
    come_in(api)
    theirs = add_contact(other_api, phone="+4722856009")["id"]
    write(other_api, theirs, "sms")
    assert [thread["contactId"] for thread in api.get("/conversations").body["data"]] == [mira]
    assert (other_api.get(f"/conversations/{mira}").status, other_api.post(f"/conversations/{mira}/read").status) == (404, 404)
    assert api.get("/conversations").body["data"][0]["unreadCount"] == 1
