from types import SimpleNamespace

from conduyt_kit import Kit
from conduyt_kit.features.contacts import CONTACT
from conduyt_kit.features.messages.demo import fill
from tests.features.calls import Api
from tests.features.messages.post import PostPlugin, add_mira, jobs_of
from tests.kernel.drained import drain


def test_demo_writes_threads_and_sends_nothing(kit: Kit, api: Api, post: PostPlugin) -> None:
    ids = [add_mira(api, email=f"{number}@fjord.example", phone=f"+472285600{number}") for number in range(3)]
    with kit.unit_of_work("ws_a") as unit:
        found = unit.repository(CONTACT).get_many(ids)
        unreachable = SimpleNamespace(email=None, phone=None)
        fill(unit, {"contacts": [unreachable, *(found[id] for id in ids)]})
    drain(kit)

    assert (post.mail.sent, post.sms.sent, jobs_of(kit, "messages.send")) == ([], [], [])
    assert [(one["contactId"], one["lastChannel"], one["unreadCount"]) for one in api.get("/conversations").body["data"]] == [
        (ids[0], "sms", 2),
        (ids[1], "sms", 1),
        (ids[2], "email", 0),
    ]


def test_demo_without_contacts_does_nothing(kit: Kit, api: Api) -> None:
    with kit.unit_of_work("ws_a") as unit:
        fill(unit, {})
    assert api.get("/messages").body["data"] == []
