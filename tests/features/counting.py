"""A kit on a storage that counts its calls."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from conduyt_kit import Kit
from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.testing.counting import CountingStorage
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.sales import found


class CountingPlugin(KitPlugin):
    name: ClassVar[str] = "counting"

    def __init__(self) -> None:
        self.storage = CountingStorage(MemoryStorage())

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=STORAGE, name="counting", make=lambda _: self.storage)]


@contextmanager
def counted_api() -> Iterator[tuple[Api, CountingStorage]]:
    """Yield the API of a workspace and the storage that counts what its calls cost."""
    plugin = CountingPlugin()
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with Kit.build(settings, plugins=[TestAuthPlugin(), plugin]) as kit:
        api = Api(found(kit, "ws_a"), "admin-ws_a")
        yield api, plugin.storage
