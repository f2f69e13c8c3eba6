from collections.abc import Iterator
from pathlib import Path

import pytest

from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import Office
from tests.features.billing.till import Till, running_bank, till_of


@pytest.fixture
def office(tmp_path: Path, clock: FrozenClock) -> Iterator[Office]:
    with running_bank(tmp_path, clock) as office:
        yield office


@pytest.fixture
def till(office: Office) -> Till:
    return till_of(office)
