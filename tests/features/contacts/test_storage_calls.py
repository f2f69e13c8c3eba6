from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.testing.counting import CountingStorage
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin


class CountingPlugin(KitPlugin):
    name: ClassVar[str] = "counting"

    def __init__(self) -> None:
        self.storage = CountingStorage(MemoryStorage())

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=STORAGE, name="counting", make=lambda _: self.storage)]


@pytest.fixture
def counted() -> Iterator[tuple[Api, CountingStorage]]:
    plugin = CountingPlugin()
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with Kit.build(settings, plugins=[TestAuthPlugin(), plugin]) as kit:
        api = Api(kit, "admin-ws_a")
        for number in range(3):
            api.post("/companies", {"name": f"Company {number}"})
            body = {"firstName": "P", "lastName": str(number), "company": f"Company {number}", "tags": ["vip", f"t{number}"]}
            assert api.post("/contacts", body).status == 201
        plugin.storage.clear()
        yield api, plugin.storage


@pytest.mark.parametrize(
    ("path", "calls"),
    [
        ("/contacts", {"find": 1}),
        ("/contacts?search=p&tag=vip&source=ad&created_after=2026-01-01", {"find": 1}),
        ("/companies", {"find": 1}),
        ("/tags", {"find": 1}),
        ("/activities?entityType=contact&entityId=x", {"find": 1}),
    ],
)
def test_lists_cost_one_call(counted: tuple[Api, CountingStorage], path: str, calls: dict[str, int]) -> None:
    api, storage = counted
    assert api.get(path).status == 200
    assert dict(storage.calls) == {**calls, "commit": 1}


@pytest.mark.parametrize("noun", ["contacts", "companies", "tags"])
def test_single_costs_one_call(counted: tuple[Api, CountingStorage], noun: str) -> None:
    api, storage = counted
    id = api.get(f"/{noun}").body["data"][0]["id"]
    storage.clear()
    assert api.get(f"/{noun}/{id}").status == 200
    assert dict(storage.calls) == {"find": 1, "commit": 1}


def test_creation_costs_a_look_at_each_thing_named_and_one_insert(counted: tuple[Api, CountingStorage]) -> None:
    api, storage = counted
    assert api.post("/contacts", {"firstName": "A", "lastName": "B"}).status == 201
    assert dict(storage.calls) == {"find": 1, "insert": 1, "commit": 1}
    storage.clear()
    api.post("/contacts", {"firstName": "A", "lastName": "B", "company": "Company 1", "tags": ["vip", "t1"]})
    assert dict(storage.calls) == {"find": 3, "insert": 1, "commit": 1}


def test_import_reads_once_for_all_rows(counted: tuple[Api, CountingStorage]) -> None:
    api, storage = counted
    rows = [{"firstName": "N", "lastName": str(n), "tags": ["vip"], "company": f"Company {n % 3}"} for n in range(200)]
    assert api.post("/contacts/import", {"contacts": rows}).status == 202
    few = dict(storage.calls)
    storage.clear()
    assert api.post("/contacts/import", {"contacts": rows[:50]}).status == 202
    assert few == dict(storage.calls)
