from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.messages import Messages
from conduyt_kit.testing.counting import CountingStorage
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.counting import CountingPlugin
from tests.features.messages.post import PostPlugin, add_mira, come_in, write
from tests.features.sales import found
from tests.kernel.drained import DrainedPlugin, drain


@contextmanager
def counted() -> Any:
    plugin = CountingPlugin()
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with Kit.build(settings, plugins=[TestAuthPlugin(), DrainedPlugin(), PostPlugin(), plugin]) as kit:
        api = Api(found(kit, "ws_a"), "admin-ws_a")
        yield kit, api, plugin.storage, add_mira(api)


def cost(storage: CountingStorage, act: Callable[[], object]) -> dict[str, int]:
    storage.clear()
    act()
    return dict(storage.calls)


@pytest.mark.parametrize(
    ("path", "calls"),
    [
        ("/messages", {"find": 1}),
        ("/messages?contactId={mira}&channel=sms&direction=outbound", {"find": 1}),
        ("/messages/{id}", {"get": 1}),
        ("/suppressions?channel=sms", {"find": 1}),
        ("/sender-identities", {"find": 1}),
        ("/conversations", {"find": 1}),
        ("/conversations/{mira}", {"find": 2}),
    ],
)
def test_reading_costs_the_same_however_much_there_is(path: str, calls: dict[str, int]) -> None:
    with counted() as (_, api, storage, mira):
        id = write(api, mira, "sms")
        target = path.format(id=id, mira=mira)
        assert cost(storage, lambda: api.get(target)) == {**calls, "commit": 1}
        for number in range(6):
            write(api, mira, "sms")
            come_in(api, id=f"in-{number}")
        assert cost(storage, lambda: api.get(target)) == {**calls, "commit": 1}


def test_writing_a_message_costs_two_questions_the_thread_and_one_insert() -> None:
    with counted() as (_, api, storage, mira):
        write(api, mira, "sms")
        found = cost(storage, lambda: write(api, mira, "sms"))
        assert found == {"get": 1, "find": 1, "insert": 1, "upsert": 1, "update_where": 1, "commit": 1}


def test_automatic_mail_costs_no_more_than_one_of_a_person_and_the_question_for_its_origin() -> None:
    with counted() as (kit, api, storage, mira):
        write(api, mira)

        def write_automatically() -> None:
            with kit.unit_of_work("ws_a") as unit:
                unit[Messages].send_email(contact_id=mira, subject="Hi", html="Hi", origin="sequence:1:1")

        found = cost(storage, write_automatically)
        assert found == {"get": 1, "find": 2, "insert": 1, "upsert": 1, "update_where": 1, "commit": 1}


def test_sending_costs_the_same_for_each_message() -> None:
    with counted() as (kit, api, storage, mira):
        write(api, mira, "sms")
        once = cost(storage, lambda: drain(kit))
        for _ in range(4):
            write(api, mira, "sms")
        four_times = cost(storage, lambda: drain(kit))
        assert four_times == {name: 4 * number for name, number in once.items()}
        # The claim's transaction, the outcome's, and the executor's note that the job is done.
        assert once["commit"] == 3
        assert sum(once.values()) - once["commit"] <= 12


def test_coming_in_costs_the_same_however_long_the_thread_is() -> None:
    with counted() as (_, api, storage, _mira):
        come_in(api, id="in-0")
        first = cost(storage, lambda: come_in(api, id="in-1"))
        for number in range(2, 8):
            come_in(api, id=f"in-{number}")
        assert cost(storage, lambda: come_in(api, id="in-9")) == first
        assert sum(first.values()) - first["commit"] <= 13
