import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from conduyt_kit import Kit
from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.ports.jobs import JOB_RUNNER
from tests.features.webhooks.receiver import Receiver, calling_kit, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def kit(tmp_path: Path, clock: FrozenClock) -> Iterator[Kit]:
    with calling_kit(tmp_path, clock) as kit:
        yield kit


class Later:
    """Moves the clock and runs what has become due."""

    def __init__(self, kit: Kit, clock: FrozenClock) -> None:
        self._jobs, self._clock = cast("InlineJobs", kit.provider(JOB_RUNNER)), clock

    def __call__(self, **by: float) -> None:
        self._clock.advance(dt.timedelta(**by))
        self._jobs.drain()


@pytest.fixture
def later(kit: Kit, clock: FrozenClock) -> Later:
    return Later(kit, clock)
