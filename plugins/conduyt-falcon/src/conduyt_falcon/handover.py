"""What the server's processes need to build the same kit again: they are spawned, so nothing of the parent's memory reaches them."""

import datetime as dt
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from conduyt_kit.kernel.errors import SettingsError
from conduyt_kit.kernel.settings import Secret, Sources
from conduyt_kit.kit import Kit

VARIABLE = "CONDUYT_SERVER_HANDOVER"
"""The environment variable that carries it from `conduyt serve` to its own processes. Not for people to set."""


@attrs.frozen(kw_only=True)
class Handover:
    """How one server process builds its kit and what it does with it."""

    sources: Sources
    plugins: tuple[str, ...] | None = None
    """Names of plugins, where the settings do not list them."""
    hints: str | None = None
    """The socket of the supervisor, which runs the jobs; ``None`` where nobody listens there."""
    works: bool = False
    """Whether the process runs jobs itself."""
    metrics_folder: str | None = None
    """Where several processes share their metrics."""

    def text(self) -> str:
        """Return this as the environment variable holds it; the environment itself is inherited anyway."""
        sources = attrs.asdict(self.sources, filter=lambda field, _: field.name != "environment", recurse=False)
        environment = bool(self.sources.environment)
        rest = attrs.asdict(self, filter=lambda field, _: field.name != "sources")
        return json.dumps({"sources": sources, "environment": environment, **rest}, default=_plain)

    @classmethod
    def of_process(cls) -> "Handover":
        """Return what the parent handed over; without a parent, what the process itself finds (another server's workers).

        Raises:
            SettingsError: the settings file cannot be read.
        """
        text = os.environ.get(VARIABLE)
        if text is None:
            return cls(sources=Sources.of_process(), works=True)
        found: dict[str, Any] = json.loads(text)
        environment = dict(os.environ) if found.pop("environment") else {}
        sources = Sources(**found.pop("sources"), environment=environment)
        plugins = found.pop("plugins")
        return cls(sources=sources, plugins=None if plugins is None else tuple(plugins), **found)


def plugins_of(kit: Kit) -> tuple[str, ...] | None:
    """Return the names with which another process can load a kit's plugins; ``None`` where it finds them in the settings.

    Raises:
        SettingsError: the kit was built with a plugin object, which exists in this process only.
    """
    if kit.wanted is None:
        return None
    for plugin in kit.wanted:
        if not isinstance(plugin, str):
            raise SettingsError(
                f"The plugin {plugin.name!r} was given to Kit.build as an object, which the server's processes cannot build again; install"
                " it and give its name, or mount conduyt_falcon.wsgi(kit) in a server of your own"
            )
    return tuple(str(plugin) for plugin in kit.wanted)


def _plain(value: object) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path | dt.date | dt.time):
        return str(value)
    raise SettingsError(f"The setting value {value!r} cannot be handed to the server's processes")
