import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.testing.counting import CountingStorage
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.counting import CountingPlugin
from tests.features.sales import found
from tests.features.webhooks.receiver import Receiver, deliveries, fire, register


class Counted:
    """A workspace, and what a call in it costs; jobs run only when told."""

    def __init__(self, kit: Kit, storage: CountingStorage) -> None:
        self.api = Api(found(kit, "ws_a"), "admin-ws_a")
        self._storage = storage
        runner = kit.provider(JOB_RUNNER)
        assert isinstance(runner, InlineJobs)
        self._runner = runner
        runner._eager = False

    def cost(self, method: str, path: str, body: Any = None) -> dict[str, int]:
        """Return the storage calls of an API call, by operation, without its commit."""
        self._storage.clear()
        answer = self.api.call(method, path, body)
        assert answer.status < 300, answer
        return {name: number for name, number in self._storage.calls.items() if name != "commit"}

    def cost_of_jobs(self) -> dict[str, int]:
        self._storage.clear()
        self._runner.drain()
        return dict(self._storage.calls)


@pytest.fixture
def counted(clock: FrozenClock) -> Iterator[Counted]:
    plugin = CountingPlugin()
    settings = {
        "rate_limit": "off",
        "providers": {"authentication": "test"},
        "webhooks": {"allow_private_networks": True},
        "features": ["workspaces", "users", "auth", "tags", "webhooks", "automations"],
    }
    with Kit.build(settings, plugins=[TestAuthPlugin(), plugin], clock=clock) as kit:
        yield Counted(kit, plugin.storage)


def test_write_asks_once_in_ten_seconds_whether_anybody_listens(counted: Counted, clock: FrozenClock) -> None:
    clock.advance(dt.timedelta(minutes=1))
    first = counted.cost("POST", "/tags", {"name": "one"})
    second = counted.cost("POST", "/tags", {"name": "two"})

    assert first == {**second, "find": second.get("find", 0) + 2}
    assert second == counted.cost("POST", "/tags", {"name": "three"})


@pytest.mark.parametrize(
    ("path", "calls"),
    [
        ("/webhooks", {"find": 1}),
        ("/webhooks/{id}", {"get": 1, "find": 1}),
        ("/webhooks/{id}/deliveries", {"get": 1, "find": 1}),
        ("/webhooks/{id}/deliveries/{delivery}", {"get": 1}),
    ],
)
def test_reading_costs_the_same_however_much_there_is(counted: Counted, receiver: Receiver, path: str, calls: dict[str, int]) -> None:
    webhook = register(counted.api, receiver)
    fire(counted.api)
    counted.cost_of_jobs()
    path = path.format(id=webhook["id"], delivery=deliveries(counted.api, webhook)[0]["id"])
    assert counted.cost("GET", path) == calls
    for _ in range(5):
        fire(counted.api)
        register(counted.api, receiver)
    counted.cost_of_jobs()

    assert counted.cost("GET", path) == calls


def test_delivery_costs_two_short_units_of_work(counted: Counted, receiver: Receiver, clock: FrozenClock) -> None:
    register(counted.api, receiver)
    counted.cost_of_jobs()
    clock.advance(dt.timedelta(seconds=1))
    fire(counted.api)

    assert len(receiver.taken) == 0
    cost = counted.cost_of_jobs()
    assert len(receiver.taken) == 1
    fan_out = {"get": 1, "find": 3, "lock": 1, "insert": 2, "update": 2, "commit": 2}
    delivering = {"get": 4, "update": 5, "update_where": 1, "commit": 3}
    assert cost == {name: fan_out.get(name, 0) + delivering.get(name, 0) for name in {**fan_out, **delivering}}
