from collections.abc import Iterator
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.messages.post import PostPlugin, add_mira
from tests.features.sales import found
from tests.kernel.drained import DrainedPlugin


@pytest.fixture
def post() -> PostPlugin:
    return PostPlugin()


@pytest.fixture
def kit(tmp_path: Path, clock: FrozenClock, post: PostPlugin) -> Iterator[Kit]:
    """A kit whose jobs run when a test drains them, with one founded workspace."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}, "mail_from": "Shop <shop@example.org>"}
    with (
        storage_plugins(tmp_path) as plugins,
        Kit.build(settings, plugins=[TestAuthPlugin(), DrainedPlugin(), post, *plugins], clock=clock) as kit,
    ):
        yield found(kit, "ws_a")


@pytest.fixture
def mira(api: Api) -> str:
    return add_mira(api)
