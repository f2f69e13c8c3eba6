from collections.abc import Iterator
from pathlib import Path

import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.sales import found
from tests.features.storages import postgres_plugin, sqlite_plugin


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kit]:
    """A kit on a database file, then on a server, where transactions run side by side."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    storage = sqlite_plugin(tmp_path) if request.param == "sqlite" else postgres_plugin()
    with storage as plugin, Kit.build(settings, plugins=[TestAuthPlugin(), plugin]) as kit:
        yield found(kit, "ws_a")


@pytest.fixture
def api(kit: Kit) -> Api:
    return Api(kit, "admin-ws_a")
