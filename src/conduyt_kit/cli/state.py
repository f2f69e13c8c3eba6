"""What the commands of one command line share: the settings sources and the kit, made when the first command asks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import click

from conduyt_kit.cli.apps import process_sources
from conduyt_kit.kernel.errors import PluginError
from conduyt_kit.kernel.settings import Sources

if TYPE_CHECKING:
    from conduyt_kit.extension.plugin import KitPlugin
    from conduyt_kit.extension.records import CommandSpec, Registered
    from conduyt_kit.kit import Kit


class State:
    """The context object of every command, also of those that plugins add.

    Args:
        sources: returns where settings are read from; those of the process when omitted.
        plugins: what runs instead of what the settings list.
        reserved: command names that plugins may not take.
    """

    def __init__(
        self,
        sources: Callable[[], Sources] = process_sources,
        *,
        plugins: "Sequence[KitPlugin | str] | None" = None,
        reserved: Iterable[str] = (),
    ) -> None:
        self._read_sources = sources
        self._plugins = plugins
        self._kit: Kit | None = None
        self.reserved = frozenset(reserved)
        self.debug = False

    @cached_property
    def sources(self) -> Sources:
        """Return the settings sources.

        Raises:
            SettingsError: they cannot be read.
        """
        return self._read_sources()

    def kit(self) -> "Kit":
        """Return the kit, built at the first call. It is stopped when the command line ends.

        Raises:
            SettingsError: settings are wrong; all mistakes are named.
            PluginError: a plugin is missing, broken or in conflict with another.
        """
        if self._kit is None:
            from conduyt_kit.kit import Kit

            kit = Kit.build(self.sources, plugins=self._plugins)
            self._by_name(kit.assembly.commands)
            self._kit = kit
        return self._kit

    @cached_property
    def plugin_commands(self) -> "Mapping[str, click.Command]":
        """Return the subcommands of the plugins that run, without building a kit.

        Raises:
            SettingsError: the settings of the kit are wrong.
            PluginError: a plugin is missing or broken, or its command's name is taken.
        """
        from conduyt_kit.extension.manager import PluginManager, load_plugins
        from conduyt_kit.extension.plugin import KitPlugin
        from conduyt_kit.extension.records import CommandSpec

        wanted = self.plugin_names if self._plugins is None else self._plugins
        manager = PluginManager([item if isinstance(item, KitPlugin) else load_plugins([item])[0] for item in wanted])
        return self._by_name(manager.collect("conduyt_commands", CommandSpec))

    @property
    def plugin_names(self) -> tuple[str, ...]:
        """Return the plugins that the settings list."""
        from conduyt_kit.kernel.settings import load
        from conduyt_kit.kit_settings import KIT_SETTINGS, KitSettings

        return load([KIT_SETTINGS], self.sources, strict=False).section(KitSettings).plugins

    def close(self) -> None:
        """Stop the kit, if one was built."""
        if self._kit is not None:
            self._kit.stop()
            self._kit = None

    def _by_name(self, commands: "Iterable[Registered[CommandSpec]]") -> "Mapping[str, click.Command]":
        found: dict[str, click.Command] = {}
        owners = dict.fromkeys(self.reserved, "conduyt itself")
        for item in commands:
            name = item.record.command.name or ""
            if name in owners:
                raise PluginError(f"The command {name!r} of the plugin {item.plugin!r} is taken by {owners[name]}; rename or remove it")
            owners[name] = f"the plugin {item.plugin!r}"
            found[name] = item.record.command
        return found


pass_state = click.make_pass_decorator(State)
"""Gives a command the `State` as its first argument."""
