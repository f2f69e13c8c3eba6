"""The typed plugin manager: pluggy for announcing, with every result attributed to its plugin and every conflict named."""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from typing import Any

import pluggy

from conduyt_kit.extension.plugin import API_VERSION, PROJECT, KitPlugin
from conduyt_kit.extension.records import Registered
from conduyt_kit.kernel.errors import PluginError

ENTRY_POINTS = "conduyt_kit"
"""The entry-point group that makes plugins findable by name; the settings list says which of them run."""


class _Pluggy(pluggy.PluginManager):
    """Takes every overridden ``conduyt_`` method of a `KitPlugin` as an implementation, without decorators."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        if not name.startswith("conduyt_"):
            return None
        method = getattr(type(plugin), name, None)
        if method is None or method is getattr(KitPlugin, name, None):
            return None
        declared = getattr(method, f"{PROJECT}_impl", None)
        options = {"wrapper": False, "hookwrapper": False, "optionalhook": False, "tryfirst": False, "trylast": False, "specname": None}
        return {**options, **(declared or {})}


class PluginManager:
    """The plugins of one kit, in the order of the settings list.

    Raises (from the constructor):
        PluginError: a name twice, a wrong API version, a misspelt hook, a default argument in a hook.
    """

    def __init__(self, plugins: Sequence[KitPlugin]) -> None:
        self._pluggy = _Pluggy(PROJECT)
        self._pluggy.add_hookspecs(KitPlugin)
        self.plugins = tuple(plugins)
        for plugin in self.plugins:
            self._check(plugin)
            self._pluggy.register(plugin, plugin.name)
        for plugin in self.plugins:
            self.call(plugin, "conduyt_addhooks", manager=self)
        self._check_misspelt()

    def add_hooks(self, specifications: type) -> None:
        """Publish further hooks: the methods of the class marked with `plugin.hookspec`."""
        self._pluggy.add_hookspecs(specifications)

    def call(self, plugin: KitPlugin, hook: str, **arguments: Any) -> Any:
        """Call one plugin's implementation of a hook; ``None`` when it has none.

        Raises:
            PluginError: the implementation raised; the message names plugin and hook.
        """
        others = [other for other in self.plugins if other is not plugin]
        caller = self._pluggy.subset_hook_caller(hook, others)
        try:
            results = caller(**arguments)
            result = results[0] if results else None
            # A generator runs when it is read, so it is read here, where a failure is known to be the plugin's.
            return list(result) if isinstance(result, Iterator) else result
        except PluginError:
            raise
        except Exception as error:
            raise PluginError(f"The plugin {plugin.name!r} failed in {hook}: {error}") from error

    def collect(self, hook: str, kind: type | tuple[type, ...]) -> tuple[Registered[Any], ...]:
        """Return the records that all plugins return from a hook, each with its plugin's name.

        Raises:
            PluginError: a plugin returned something else.
        """
        found: list[Registered[Any]] = []
        for plugin in self.plugins:
            returned = self.call(plugin, hook) or ()
            if not isinstance(returned, Iterable):
                raise PluginError(f"The plugin {plugin.name!r} returned {returned!r} from {hook}; return a list of records")
            for record in returned:
                if not isinstance(record, kind):
                    raise PluginError(f"The plugin {plugin.name!r} returned {record!r} from {hook}, which takes no such record")
                found.append(Registered(plugin=plugin.name, record=record))
        return tuple(found)

    def hooks_of(self, plugin: KitPlugin) -> tuple[str, ...]:
        """Return the names of the hooks a plugin implements."""
        return tuple(sorted(caller.name for caller in self._pluggy.get_hookcallers(plugin) or ()))

    def _check(self, plugin: KitPlugin) -> None:
        if not isinstance(plugin, KitPlugin):
            raise PluginError(f"{plugin!r} is not a plugin; derive its class from conduyt_kit.extension.KitPlugin and pass an instance")
        if not plugin.name:
            raise PluginError(f"The plugin class {type(plugin).__name__} has no name; set the class attribute `name`")
        if self._pluggy.has_plugin(plugin.name):
            raise PluginError(f"Two plugins are called {plugin.name!r}; remove one from the list of plugins")
        if plugin.requires_api != API_VERSION:
            raise PluginError(
                f"The plugin {plugin.name!r} was written for version {plugin.requires_api} of the plugin API, this kit has version"
                f" {API_VERSION}; install a release of the plugin that fits"
            )
        for name, method in inspect.getmembers(type(plugin), inspect.isfunction):
            if name.startswith("conduyt_") and any(p.default is not p.empty for p in inspect.signature(method).parameters.values()):
                raise PluginError(f"The plugin {plugin.name!r} gives an argument of {name} a default value; hooks take none")

    def _check_misspelt(self) -> None:
        try:
            self._pluggy.check_pending()
        except pluggy.PluginValidationError as error:
            name = getattr(error.plugin, "name", error.plugin)
            raise PluginError(f"The plugin {name!r} has a hook that nobody calls: {error}; check its spelling") from error


def findable() -> dict[str, metadata.EntryPoint]:
    """Return the installed plugins by name.

    Raises:
        PluginError: two distributions claim one name.
    """
    found: dict[str, metadata.EntryPoint] = {}
    for point in metadata.entry_points(group=ENTRY_POINTS):
        other = found.get(point.name)
        if other is not None and other.value != point.value:
            raise PluginError(
                f"Two distributions claim the plugin name {point.name!r}: {_source(other)} and {_source(point)}; uninstall one"
            )
        found[point.name] = point
    return found


def load_plugins(names: Iterable[str]) -> list[KitPlugin]:
    """Return instances of the named plugins, in that order.

    Raises:
        PluginError: a name is not installed, or its code cannot be imported.
    """
    available = findable()
    plugins: list[KitPlugin] = []
    for name in names:
        point = available.get(name)
        if point is None:
            known = ", ".join(sorted(available)) or "none"
            raise PluginError(f"The plugin {name!r} is not installed (installed: {known}); install it or remove it from `plugins`")
        try:
            plugins.append(point.load()())
        except Exception as error:
            raise PluginError(f"The plugin {name!r} ({_source(point)}) cannot be loaded: {error}") from error
    return plugins


def _source(point: metadata.EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
