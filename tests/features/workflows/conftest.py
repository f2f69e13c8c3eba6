from collections.abc import Iterator
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.workflows.flows import Trouble, flowing_kit


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
def kit(tmp_path: Path, clock: FrozenClock, trouble: Trouble) -> Iterator[Kit]:
    """A kit whose jobs wait until they are drained."""
    with storage_plugins(tmp_path) as plugins, flowing_kit(trouble, *plugins, clock=clock) as kit:
        yield kit


@pytest.fixture
def api(kit: Kit) -> Api:
    return Api(kit, "admin-ws_a")
