"""What every kit has: the default providers and the CRM itself, registered like any other plugin."""

from conduyt_kit.defaults.plugin import DefaultsPlugin
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.features.plugin import CrmPlugin


def builtin_plugins() -> list[KitPlugin]:
    """Return fresh instances of the built-in plugins, in order."""
    return [DefaultsPlugin(), CrmPlugin()]
