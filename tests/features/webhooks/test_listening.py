import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.automations import Automations
from conduyt_kit.features.webhooks import Webhooks
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.jobs import JOB
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.storages import sqlite_plugin
from tests.features.webhooks.conftest import Later
from tests.features.webhooks.receiver import Receiver, deliveries, fire, register


@pytest.fixture
def kits(tmp_path: Path, clock: FrozenClock) -> Iterator[tuple[Kit, Kit]]:
    """Two processes on one database, as far as what they remember goes."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}, "webhooks": {"allow_private_networks": True}}
    with (
        sqlite_plugin(tmp_path) as plugin,
        Kit.build(settings, plugins=[TestAuthPlugin(), plugin], clock=clock) as one,
        Kit.build(settings, plugins=[TestAuthPlugin(), plugin], clock=clock) as other,
    ):
        yield one, other


def test_event_is_not_missed_by_a_process_that_has_not_heard_of_the_webhook(
    kits: tuple[Kit, Kit], receiver: Receiver, clock: FrozenClock
) -> None:
    here, there = (Api(kit, "admin-ws_a") for kit in kits)
    fire(there, number=0)
    clock.advance(dt.timedelta(seconds=1))
    webhook = register(here, receiver)
    fire(there, number=1)
    assert receiver.taken == []

    Later(kits[0], clock)(seconds=13)

    assert [taken.json["data"] for taken in receiver.taken] == [{"number": 1}]
    Later(kits[0], clock)(minutes=11)
    assert len(receiver.taken) == len(deliveries(here, webhook)) == 1


def test_second_look_tells_nobody_twice(kits: tuple[Kit, Kit], receiver: Receiver, clock: FrozenClock) -> None:
    here, there = (Api(kit, "admin-ws_a") for kit in kits)
    register(here, receiver)
    for number in range(3):
        fire(here, number=number)
        fire(there, number=10 + number)
    Later(kits[0], clock)(seconds=13)
    Later(kits[1], clock)(minutes=11)

    with kits[0].unit_of_work("ws_a", write=False) as unit:
        assert {job.state for job in unit.repository(JOB).all()} == {"done"}
    assert sorted(taken.json["data"]["number"] for taken in receiver.taken) == [0, 1, 2, 10, 11, 12]


def test_automation_made_elsewhere_is_started_by_the_second_look(kits: tuple[Kit, Kit], receiver: Receiver, clock: FrozenClock) -> None:
    here, there = (Api(kit, "admin-ws_a") for kit in kits)
    fire(there, number=0)
    here.post("/automations", {"name": "x", "trigger": "custom.ping", "webhookUrl": receiver.url})
    clock.advance(dt.timedelta(seconds=1))
    there.post("/automations/events", {"event": "custom.other"})
    fire(there, number=1)
    Later(kits[0], clock)(seconds=13)

    assert {taken.json["data"]["number"] for taken in receiver.taken} >= {1}
    assert here.get("/automations").body["data"][0]["runCount"] == len(receiver.taken)


def test_process_hears_of_a_webhook_within_seconds(kits: tuple[Kit, Kit], receiver: Receiver, clock: FrozenClock) -> None:
    here, there = (Api(kit, "admin-ws_a") for kit in kits)
    fire(there, number=0)
    register(here, receiver)
    clock.advance(dt.timedelta(seconds=10))
    fire(there, number=1)

    assert [taken.json["data"] for taken in receiver.taken] == [{"number": 1}]


def test_undone_change_is_not_remembered(kits: tuple[Kit, Kit], receiver: Receiver) -> None:
    kit = kits[0]
    api = Api(kit, "admin-ws_a")
    webhook = register(api, receiver)
    unit = kit.unit_of_work("ws_a")
    unit[Webhooks].delete(webhook["id"])
    unit[Automations].fire("custom.ping", {})
    unit.rollback()
    fire(api, number=1)

    assert [taken.json["data"] for taken in receiver.taken] == [{"number": 1}]
