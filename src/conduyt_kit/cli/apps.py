"""The installed app: settings that an installation begins with, found by entry point.

An app is a distribution that puts an `App` under the entry-point group ``conduyt_kit.app``; the reference app is one. What it sets
is the lowest of all sources, so a file, the environment and arguments win over it.
"""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import attrs

from conduyt_kit.kernel.errors import SettingsError
from conduyt_kit.kernel.settings import Sources

ENTRY_POINTS = "conduyt_kit.app"
CHOICE = "CONDUYT_APP"


@attrs.frozen
class App:
    """What an installed app sets before anybody configures anything: mostly the list of its plugins.

    `settings` is nested by section, with the kit's own keys at the top level, as in ``conduyt.toml``.
    """

    settings: Mapping[str, Any]


def process_sources(*, arguments: Mapping[str, Any] | None = None) -> Sources:
    """Return the settings sources of this process: the installed app, ``conduyt.toml``, the environment, the arguments.

    Raises:
        SettingsError: several apps are installed and ``CONDUYT_APP`` names none of them, or the file cannot be read.
    """
    sources = Sources.of_process(arguments=arguments)
    app = installed_app(sources.environment.get(CHOICE))
    return sources if app is None else attrs.evolve(sources, app=app.settings)


def installed_app(choice: str | None = None) -> App | None:
    """Return the app of that name, else the only one that is installed, else ``None``.

    Raises:
        SettingsError: there is no such app, several are installed without a choice, or it cannot be imported.
    """
    points = {point.name: point for point in metadata.entry_points(group=ENTRY_POINTS)}
    names = ", ".join(sorted(points)) or "none"
    if choice and choice not in points:
        raise SettingsError(f"{CHOICE} names the app {choice!r}, which is not installed (installed: {names})")
    if not choice and len(points) > 1:
        raise SettingsError(f"Several apps are installed ({names}); choose one with {CHOICE}")
    if not points:
        return None
    return _loaded(points[choice or next(iter(points))])


def _loaded(point: metadata.EntryPoint) -> App:
    try:
        app = point.load()
    except Exception as error:
        raise SettingsError(f"The app {point.name!r} ({point.value}) cannot be loaded: {error}") from error
    if not isinstance(app, App):
        raise SettingsError(f"The app {point.name!r} ({point.value}) is not a conduyt_kit.cli.App; correct its entry point")
    return app
