from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.testing.counting import CountingStorage
from tests.features.bulk.batches import add_contacts, drain, found_workspace, started, waiting_kit
from tests.features.calls import Api
from tests.features.sales import add_deal, add_pipeline, made


class CountingPlugin(KitPlugin):
    name: ClassVar[str] = "counting"

    def __init__(self) -> None:
        self.storage = CountingStorage(MemoryStorage())

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=STORAGE, name="counting", make=lambda _: self.storage)]


@pytest.fixture
def counting() -> CountingPlugin:
    return CountingPlugin()


@pytest.fixture
def kit(counting: CountingPlugin) -> Iterator[Kit]:
    with waiting_kit([counting]) as kit:
        found_workspace(kit)
        yield kit


def spent(kit: Kit, api: Api, counting: CountingPlugin, what: str, ids: list[str], **more: Any) -> Counter[str]:
    """Return the calls of the whole job."""
    started(api, what, ids, **more)
    counting.storage.clear()
    drain(kit)
    return Counter(counting.storage.calls)


def per_hundred(kit: Kit, api: Api, counting: CountingPlugin, what: str, ids: list[str], **more: Any) -> dict[str, int]:
    """Return by how many calls the job on 200 records costs more than that on 100."""
    assert len(ids) == 300
    one = spent(kit, api, counting, what, ids[:100], **more)
    two = spent(kit, api, counting, what, ids[100:], **more)
    return dict(two - one)


def test_calls_beside_the_records_are_few(kit: Kit, api: Api, counting: CountingPlugin) -> None:
    found = spent(kit, api, counting, "contacts/update", add_contacts(kit, 1), updates={"source": "fair"})

    # To read the work: get, and the lease; the chunk: get the job and the contacts, and the lease; the contact: get, its tags.
    assert found == {"get": 3, "get_many": 1, "find": 1, "update": 5, "insert": 1, "commit": 3}


@pytest.mark.parametrize(
    ("what", "more", "calls"),
    [
        ("contacts/update", {"updates": {"source": "fair"}}, {"get": 101, "find": 100, "update": 102, "insert": 100}),
        (
            "contacts/tag",
            {"tags": ["vip"]},
            {"get": 101, "find": 200, "update": 102, "insert": 100},
        ),
    ],
)
def test_calls_per_hundred_contacts(
    kit: Kit, api: Api, counting: CountingPlugin, what: str, more: dict[str, Any], calls: dict[str, int]
) -> None:
    assert per_hundred(kit, api, counting, what, add_contacts(kit, 300), **more) == {**calls, "get_many": 1, "commit": 1}


def test_deletion_looks_at_each_kind_of_dependent_once_per_hundred(kit: Kit, api: Api, counting: CountingPlugin) -> None:
    ids = add_contacts(kit, 300)
    for id in ids[:3]:
        made(api, "/notes", {"content": "x", "contactId": id})

    found = per_hundred(kit, api, counting, "contacts/delete", ids)

    assert (found["get"], found["get_many"], found["commit"]) == (101, 1, 1)
    assert sum(found.values()) < 140


def test_calls_per_hundred_deals(kit: Kit, api: Api, counting: CountingPlugin) -> None:
    pipeline = add_pipeline(api)
    ids = [add_deal(api, pipeline)["id"] for _ in range(300)]

    found = per_hundred(kit, api, counting, "deals/update", ids, updates={"value": 7})

    assert found == {"get": 101, "update": 102, "insert": 100, "get_many": 1, "commit": 1}
