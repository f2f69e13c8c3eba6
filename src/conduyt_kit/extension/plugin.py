"""`KitPlugin`: the base class of every plugin, and the specification of every hook.

A plugin overrides the hooks it needs. Hooks are called once, while a kit is built, and return records; they must not connect,
start threads or read the environment. ``conduyt_started`` is the place to open resources.

Example::

    class ShipsPlugin(KitPlugin):
        name = "ships"

        def conduyt_features(self) -> Iterable[FeatureSpec]:
            return [SHIPS]
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import pluggy

from conduyt_kit.extension.records import (
    ActionSpec,
    CommandSpec,
    FeatureSpec,
    HealthCheck,
    ProviderSpec,
)
from conduyt_kit.kernel.endpoints import Endpoint
from conduyt_kit.kernel.events import Subscription
from conduyt_kit.kernel.settings import SettingsSpec

if TYPE_CHECKING:
    from conduyt_kit.extension.manager import PluginManager
    from conduyt_kit.kit import Kit

PROJECT = "conduyt"
API_VERSION = 1
"""Raised when a hook or record changes incompatibly."""

hookspec = pluggy.HookspecMarker(PROJECT)


class KitPlugin:
    """What a plugin is: a name, the version of the plugin API it was written for, and the hooks it overrides."""

    name: ClassVar[str] = ""
    """Unique among the plugins of a kit; also the owner of its tables."""
    requires_api: ClassVar[int] = API_VERSION

    @hookspec
    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        """Return settings sections. Features may also carry theirs in their `FeatureSpec`."""
        return ()

    @hookspec
    def conduyt_features(self) -> Iterable[FeatureSpec]:
        """Return features: entities, services, endpoints, events, jobs, schedules in one record each."""
        return ()

    @hookspec
    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        """Return named implementations of ports."""
        return ()

    @hookspec
    def conduyt_subscriptions(self) -> Iterable[Subscription]:
        """Return subscriptions to events of others."""
        return ()

    @hookspec
    def conduyt_endpoints(self) -> Iterable[Endpoint]:
        """Return operations beside a feature, such as a provider's callbacks."""
        return ()

    @hookspec
    def conduyt_actions(self) -> Iterable[ActionSpec]:
        """Return workflow action types."""
        return ()

    @hookspec
    def conduyt_commands(self) -> Iterable[CommandSpec]:
        """Return subcommands of ``conduyt``."""
        return ()

    @hookspec
    def conduyt_health_checks(self) -> Iterable[HealthCheck]:
        """Return questions for readiness and ``conduyt doctor``."""
        return ()

    @hookspec
    def conduyt_addhooks(self, manager: "PluginManager") -> None:
        """Publish hooks of the plugin's own, with ``manager.add_hooks(SpecClass)``; called before any other hook."""

    @hookspec
    def conduyt_started(self, kit: "Kit") -> None:
        """Open resources: called when the kit starts to serve or work, not when it is merely built."""

    @hookspec
    def conduyt_stopping(self, kit: "Kit") -> None:
        """Close what `conduyt_started` opened; called in reverse order of the plugins."""
