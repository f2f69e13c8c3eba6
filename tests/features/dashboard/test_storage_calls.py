from collections.abc import Iterator

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.bulk.batches import add_contacts
from tests.features.bulk.test_storage_calls import CountingPlugin
from tests.features.calls import Api
from tests.features.dashboard.letters import kit_with_letters


@pytest.fixture
def counting() -> CountingPlugin:
    return CountingPlugin()


@pytest.fixture
def kit(clock: FrozenClock, counting: CountingPlugin) -> Iterator[Kit]:
    with kit_with_letters(clock, counting) as kit:
        yield kit


@pytest.mark.parametrize("period", ["7d", "ytd"])
def test_all_figures_cost_seven_calls_whatever_there_is(kit: Kit, api: Api, counting: CountingPlugin, period: str) -> None:
    for number in (0, 50):
        add_contacts(kit, number)
        counting.storage.clear()
        assert api.get(f"/dashboard/stats?period={period}").body["contacts"]["total"] == number
        assert dict(counting.storage.calls) == {"aggregate": 5, "count": 2, "commit": 1}
