import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conduyt_kit import Actor, Kit, UnitOfWork
from conduyt_kit.kernel.clock import FrozenClock
from tests.kernel.fleet import FleetPlugin

NOW = dt.datetime(2026, 5, 4, 9, 30, tzinfo=dt.UTC)
ME = Actor(id="usr_1", name="Ada Marsh")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def make_kit(clock: FrozenClock) -> Iterator[Callable[..., Kit]]:
    kits: list[Kit] = []

    def make(**options: Any) -> Kit:
        kits.append(Kit.build({"rate_limit": "off"}, plugins=[FleetPlugin(**options)], clock=clock))
        return kits[-1]

    yield make
    for kit in kits:
        kit.stop()


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit()


@pytest.fixture
def unit(kit: Kit) -> Callable[..., UnitOfWork]:
    def open_unit(workspace: str = "ws_a", *, write: bool = True) -> UnitOfWork:
        return kit.unit_of_work(workspace, actor=ME, write=write)

    return open_unit
