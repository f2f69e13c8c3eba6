"""The plugin: job runner, settings, health checks and the command ``conduyt worker``."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from conduyt_dramatiq import health
from conduyt_dramatiq.command import worker
from conduyt_dramatiq.settings import BROKER_SETTINGS, BrokerSettings
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import CommandSpec, HealthCheck, ProviderSpec
from conduyt_kit.kernel.settings import SettingsSpec
from conduyt_kit.ports.jobs import JOB_RUNNER

if TYPE_CHECKING:
    from conduyt_dramatiq.runner import DramatiqJobs
    from conduyt_kit.kit import Kit


class DramatiqPlugin(KitPlugin):
    """Runs durable jobs on threads of this process or of `conduyt worker` processes, with hints over Redis or RabbitMQ."""

    name: ClassVar[str] = "dramatiq"

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [BROKER_SETTINGS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=JOB_RUNNER, name="dramatiq", make=_runner)]

    def conduyt_commands(self) -> Iterable[CommandSpec]:
        return [CommandSpec(command=worker)]

    def conduyt_health_checks(self) -> Iterable[HealthCheck]:
        return [
            HealthCheck(name="broker", check=health.broker, essential=False),
            HealthCheck(name="oldest due job", check=health.oldest_due_job, essential=False),
        ]


def _runner(kit: "Kit") -> "DramatiqJobs":
    from conduyt_dramatiq.runner import DramatiqJobs

    return DramatiqJobs(kit.job_executor, kit.scheduler, kit.settings.section(BrokerSettings))
