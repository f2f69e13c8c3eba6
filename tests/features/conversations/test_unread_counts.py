import datetime as dt
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.conversations import Conversations
from conduyt_kit.features.messages import MESSAGE
from conduyt_kit.kernel.query import Compare, Op, both, where
from tests.features.accounts import storage_plugins
from tests.features.calls import Answer, Api
from tests.features.conftest import TestAuthPlugin
from tests.features.messages.post import PostPlugin, add_mira, come_in
from tests.features.sales import found
from tests.kernel.drained import DrainedPlugin
from tests.races.together import together

THREADS, EACH = 8, 12


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    plugins = [TestAuthPlugin(), DrainedPlugin(), PostPlugin()]
    with storage_plugins(tmp_path) as more, Kit.build(settings, plugins=[*plugins, *more]) as kit:
        yield found(kit, "ws_a")


def receive(api: Api, thread: int) -> Answer:
    statuses = [come_in(api, id=f"in-{thread}-{number}", text=f"{thread} {number}") for number in range(EACH)]
    return Answer(max(statuses), None)


def read(api: Api, contact: str) -> Answer:
    return max((api.post(f"/conversations/{contact}/read") for _ in range(EACH)), key=lambda answer: answer.status)


def unread(api: Api) -> int:
    [thread] = api.get("/conversations").body["data"]
    count = thread["unreadCount"]
    assert isinstance(count, int)
    return count


def test_first_messages_at_once_make_one_thread_and_every_one_counts(api: Api) -> None:
    add_mira(api)
    answers = together([partial(receive, api, thread) for thread in range(THREADS)])
    assert [answer.status for answer in answers] == [204] * THREADS
    assert unread(api) == THREADS * EACH


def test_readers_among_writers_lose_no_message_and_count_none_twice(kit: Kit, api: Api) -> None:
    mira = add_mira(api)
    come_in(api)
    actions = [partial(receive, api, thread) for thread in range(THREADS // 2)]
    answers = together([*actions, *(partial(read, api, mira) for _ in range(THREADS // 2))])
    assert sorted(answer.status for answer in answers) == [200] * (THREADS // 2) + [204] * (THREADS // 2)
    with kit.unit_of_work("ws_a", write=False) as unit:
        never_read = both(where(direction="inbound"), Compare("read_at", Op.EQ, None))
        assert unread(api) == unit.repository(MESSAGE).count(never_read)
    assert api.post(f"/conversations/{mira}/read").body["data"]["unreadCount"] == 0
    assert unread(api) == 0


def test_message_that_comes_in_while_somebody_reads_stays_unread(kit: Kit, api: Api) -> None:
    mira = add_mira(api)
    come_in(api, id="in-1")
    seen = unread(api)
    with kit.unit_of_work("ws_a") as unit:
        assert unit[Conversations].read(mira) == seen
    come_in(api, id="in-2")
    assert unread(api) == 1


def test_thread_shows_the_newest_message_in_whatever_order_they_are_taken_in(kit: Kit, api: Api) -> None:
    mira = add_mira(api)
    for minutes in (3, 5, 1, 4, 2):
        with kit.unit_of_work("ws_a") as unit:
            message = unit.repository(MESSAGE).create(
                contact_id=mira, channel="sms", direction="inbound", body="x", status="received", address="x", address_key="x"
            )
            at = unit.now + dt.timedelta(minutes=minutes)
            unit[Conversations].note(mira, message.id, preview=str(minutes), channel="sms", at=at, unread=True)
    [thread] = api.get("/conversations").body["data"]
    assert (thread["lastMessage"], thread["unreadCount"]) == ("5", 5)
