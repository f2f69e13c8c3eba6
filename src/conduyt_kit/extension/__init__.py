"""How a plugin plugs in: its base class, the records it registers, the errors that stop a start."""

from conduyt_kit.extension.crud import crud_endpoints
from conduyt_kit.extension.plugin import API_VERSION, KitPlugin, hookspec
from conduyt_kit.extension.records import (
    ActionSpec,
    CommandSpec,
    DemoSpec,
    FeatureSpec,
    HealthCheck,
    ProviderSpec,
    Schedule,
)
from conduyt_kit.kernel.endpoints import Endpoint
from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.events import Subscription
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.settings import Secret, SettingsSpec, setting

__all__ = [
    "API_VERSION",
    "ActionSpec",
    "CommandSpec",
    "DemoSpec",
    "Endpoint",
    "FeatureSpec",
    "HealthCheck",
    "JobSpec",
    "KitPlugin",
    "Port",
    "ProviderSpec",
    "Schedule",
    "Secret",
    "SettingsSpec",
    "Subscription",
    "crud_endpoints",
    "hookspec",
    "setting",
]
