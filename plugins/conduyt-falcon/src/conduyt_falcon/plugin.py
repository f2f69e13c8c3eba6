"""What this distribution plugs in."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from conduyt_falcon.hooks import FalconHooks
from conduyt_falcon.settings import HTTP_SETTINGS
from conduyt_kit.extension import KitPlugin, ProviderSpec, SettingsSpec
from conduyt_kit.ports.transport import TRANSPORT

if TYPE_CHECKING:
    from conduyt_falcon.transport import FalconTransport
    from conduyt_kit.extension.manager import PluginManager
    from conduyt_kit.kit import Kit


class FalconPlugin(KitPlugin):
    """The transport ``falcon``, the section ``[http]``, and the hook ``conduyt_falcon_middleware``."""

    name: ClassVar[str] = "falcon"

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [HTTP_SETTINGS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=TRANSPORT, name="falcon", make=_transport)]

    def conduyt_addhooks(self, manager: "PluginManager") -> None:
        manager.add_hooks(FalconHooks)


def _transport(kit: "Kit") -> "FalconTransport":
    # Falcon and granian are slow to import and of no use to commands that do not serve.
    from conduyt_falcon.transport import FalconTransport

    return FalconTransport(kit)
