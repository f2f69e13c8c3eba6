"""The `Kit`: plugins and settings, assembled. The only place that wires."""

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self, TypeVar

from conduyt_kit.assembly import Assembly, assemble, choose_provider, settings_specs
from conduyt_kit.extension.manager import PluginManager, load_plugins
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import HealthCheck, ProviderSpec, Registered
from conduyt_kit.kernel.clock import Clock, SystemClock
from conduyt_kit.kernel.context import NOBODY, Actor, Context, Scope
from conduyt_kit.kernel.decoding import Decoder
from conduyt_kit.kernel.encoding import Encoder
from conduyt_kit.kernel.endpoints import Endpoint
from conduyt_kit.kernel.environment import Environment, Port
from conduyt_kit.kernel.responder import Responder, ResponderParts, compile_responders
from conduyt_kit.kernel.retention import Retention
from conduyt_kit.kernel.runs import JobExecutor
from conduyt_kit.kernel.schedules import Scheduler
from conduyt_kit.kernel.settings import Settings, SettingsSpec, Sources, load
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KIT_SETTINGS, KitSettings, secret_key
from conduyt_kit.ports.authentication import AUTHENTICATOR
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.ports.rate_limits import RATE_LIMITER
from conduyt_kit.ports.storage import STORAGE

T = TypeVar("T")

RETENTION_SETTINGS = SettingsSpec(name="retention", cls=Retention, description="How long the kernel's own rows are kept, in seconds.")


class Kit:
    """A CRM backend, ready to be used. Make it with `Kit.build`; several may live in one process.

    Thread-safe, except that `start` and `stop` are for the one who owns it. Also a context manager that stops at the end.

    Attributes:
        settings: the loaded settings sections.
        assembly: what the plugins registered.
        manager: the plugins themselves.
        sources: where the settings were read from.
        wanted: the plugins as `build` was given them, ``None`` where the settings list them; with `sources` enough to build the same
            kit in another process.
    """

    def __init__(
        self,
        manager: PluginManager,
        settings: Settings,
        assembly: Assembly,
        clock: Clock,
        *,
        sources: Sources | None = None,
        wanted: Sequence[KitPlugin | str] | None = None,
    ) -> None:
        self.sources = sources or Sources()
        self.wanted = None if wanted is None else tuple(wanted)
        self.manager = manager
        self.settings = settings
        self.assembly = assembly
        self.clock = clock
        self._made: dict[str, Any] = {}
        self._lock = threading.RLock()
        self._started: list[KitPlugin] = []

    @classmethod
    def build(
        cls,
        settings: Mapping[str, Any] | Sources | None = None,
        *,
        plugins: Sequence[KitPlugin | str] | None = None,
        clock: Clock | None = None,
    ) -> "Kit":
        """Assemble a kit. Opens nothing: no connection, thread or file.

        Args:
            settings: values by section, with the kit's own at the top level, as in ``conduyt.toml``; they win over everything else
                and neither file nor environment is read. Pass `Sources.of_process()` to read those.
            plugins: plugins or their installed names, in order; the setting ``plugins`` when omitted. The kit's own features and
                default providers are always there; the setting ``features`` narrows them.
            clock: for tests.

        Raises:
            SettingsError: settings are wrong; all mistakes are named.
            PluginError: a plugin is missing, broken or in conflict with another; the message says what to do.
        """
        from conduyt_kit.builtin import builtin_plugins

        sources = settings if isinstance(settings, Sources) else Sources(arguments=settings or {})
        own: KitSettings = load([KIT_SETTINGS], sources, strict=False).section(KitSettings)
        wanted = list(own.plugins) if plugins is None else list(plugins)
        extra = [item if isinstance(item, KitPlugin) else load_plugins([item])[0] for item in wanted]
        manager = PluginManager([*builtin_plugins(), *extra])
        loaded = load([KIT_SETTINGS, RETENTION_SETTINGS, *settings_specs(manager)], sources)
        return cls(manager, loaded, assemble(manager, own.features), clock or SystemClock(), sources=sources, wanted=plugins)

    # Parts

    @property
    def own_settings(self) -> KitSettings:
        """Return the kit's own settings section."""
        return self.settings.section(KitSettings)

    @cached_property
    def environment(self) -> Environment:
        """Return the registries as units of work see them; prepares the storage at the first use."""
        storage = self.provider(STORAGE)
        storage.prepare(tuple(self.assembly.entities.values()))
        return Environment(
            storage=storage,
            clock=self.clock,
            entities=self.assembly.entities,
            services=self.assembly.services,
            events=self.assembly.events,
            jobs=self.assembly.jobs,
            providers=self,
            settings=self.settings,
            hint=lambda jobs: self.provider(JOB_RUNNER).hint(jobs),
        )

    def provider(self, port: Port[T]) -> T:
        """Return the implementation that serves a port, made at the first use.

        Raises:
            PluginError: nobody provides it, or several do and the settings choose none.
        """
        found = self._made.get(port.name)
        if found is None:
            with self._lock:
                found = self._made.get(port.name)
                if found is None:
                    found = self._made[port.name] = self._chosen(port).make(self)
        return found

    def provider_name(self, port: Port[Any]) -> str:
        """Return the name of the provider that serves a port."""
        return self._chosen(port).name

    def _chosen(self, port: Port[T]) -> ProviderSpec[T]:
        choice = self.own_settings.providers.get(port.name)
        return choose_provider(port, self.assembly.providers, choice, lambda spec: spec.enabled(self))

    @cached_property
    def secret_key(self) -> str:
        """Return the key that signs sessions and links; generated and kept on first use unless configured."""
        return secret_key(self.own_settings, persistent=self.provider_name(STORAGE) != "memory")

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return every operation of every enabled feature and plugin."""
        return self.assembly.endpoints

    @property
    def health_checks(self) -> tuple[Registered[HealthCheck], ...]:
        """Return the questions of readiness and the doctor."""
        return self.assembly.health_checks

    @cached_property
    def encoder(self) -> Encoder:
        return Encoder()

    @cached_property
    def decoder(self) -> Decoder:
        return Decoder()

    @cached_property
    def responders(self) -> Mapping[tuple[str, str], Responder]:
        """Return the compiled responder of each endpoint, by (method, route), for transports."""
        limit = self.own_settings.rate_limit
        parts = ResponderParts(
            environment=self.environment,
            decoder=self.decoder,
            encoder=self.encoder,
            authenticator=self.provider(AUTHENTICATOR),
            rate_limiter=self.provider(RATE_LIMITER),
            rate_limit=None if limit in ("", "off") else limit,
        )
        return compile_responders(self.endpoints, parts)

    # Use

    def unit_of_work(
        self, workspace: str, *, actor: Actor = NOBODY, scopes: frozenset[Scope] = frozenset(Scope), write: bool = True
    ) -> UnitOfWork:
        """Open a unit of work in a workspace, for an actor::

            with kit.unit_of_work(workspace=ws, actor=me) as crm:
                sarah = crm[Contacts].create(first_name="Sarah", last_name="Kim")

        It commits at the end of the block, or rolls back on an exception.
        """
        return UnitOfWork(self.environment, Context(workspace=workspace, actor=actor, scopes=scopes), write=write)

    def job_executor(self) -> JobExecutor:
        """Return what claims and runs due jobs, for job runners and tests."""
        return JobExecutor(self.environment)

    def scheduler(self) -> Scheduler:
        """Return what enqueues the jobs of the schedules, for job runners."""
        return Scheduler(self.environment, self.assembly.schedules)

    def start(self, *, work: bool = False) -> "Kit":
        """Let the plugins open their resources; with `work`, also run jobs in this process."""
        for plugin in self.manager.plugins:
            self.manager.call(plugin, "conduyt_started", kit=self)
            self._started.append(plugin)
        if work:
            self.provider(JOB_RUNNER).start()
        return self

    def stop(self, timeout: float = 20.0) -> None:
        """Stop working, let the plugins close what they opened, close the providers. Harmless a second time."""
        runner = self._made.get(JOB_RUNNER.name)
        if runner is not None:
            runner.stop(timeout)
        while self._started:
            self.manager.call(self._started.pop(), "conduyt_stopping", kit=self)
        for made in reversed(list(self._made.values())):
            close = getattr(made, "close", None)
            if close is not None:
                close()
        self._made.clear()
        self.__dict__.pop("environment", None)
        self.__dict__.pop("responders", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
