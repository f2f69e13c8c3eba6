import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from conduyt_kit import Actor, Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.context import Identity, Scope
from conduyt_kit.kernel.errors import Unauthenticated
from conduyt_kit.ports.authentication import AUTHENTICATOR
from tests.features.accounts import Office, running_kit, storage_plugins
from tests.features.calls import Api

NOW = dt.datetime(2026, 3, 15, 10, 30, tzinfo=dt.UTC)


class TokenNamesWorkspace:
    """An authenticator for tests: the token ``admin-ws_a`` is an admin of the workspace ``ws_a``."""

    def authenticate(self, token: str) -> Identity:
        role, _, workspace = token.partition("-")
        if role != "admin":
            raise Unauthenticated("Not a test token")
        return Identity(
            workspace=workspace, actor=Actor(id="usr_ada", name="Ada Marsh"), scopes=frozenset(Scope), credential=f"key:{token}"
        )


class TestAuthPlugin(KitPlugin):
    __test__: ClassVar[bool] = False
    name: ClassVar[str] = "test-auth"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=AUTHENTICATOR, name="test", make=lambda _: TokenNamesWorkspace())]


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def kit(tmp_path: Path, clock: FrozenClock) -> Iterator[Kit]:
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with storage_plugins(tmp_path) as plugins, Kit.build(settings, plugins=[TestAuthPlugin(), *plugins], clock=clock) as kit:
        yield kit


@pytest.fixture
def api(kit: Kit) -> Api:
    """Call the API as an admin of the workspace ``ws_a``."""
    return Api(kit, "admin-ws_a")


@pytest.fixture
def other_api(kit: Kit) -> Api:
    """Call the API as an admin of another workspace."""
    return Api(kit, "admin-ws_b")


@pytest.fixture
def office(tmp_path: Path, clock: FrozenClock) -> Iterator[Office]:
    """People who register, log in and use keys, with the real authentication and cheap password hashes."""
    with running_kit(tmp_path, clock) as kit:
        yield Office(kit)
