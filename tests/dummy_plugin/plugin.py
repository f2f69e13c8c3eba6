"""What the dummy plugin plugs in: something by every hook."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import attrs
import click

from conduyt_kit import Kit, Scope, UnitOfWork
from conduyt_kit.extension import (
    ActionSpec,
    CommandSpec,
    DemoSpec,
    Endpoint,
    FeatureSpec,
    HealthCheck,
    JobSpec,
    KitPlugin,
    ProviderSpec,
    Schedule,
    SettingsSpec,
    Subscription,
    crud_endpoints,
    hookspec,
    setting,
)
from conduyt_kit.extension.manager import PluginManager
from conduyt_kit.kernel.endpoints import Call, Envelope
from conduyt_kit.kernel.events import AFTER, INSIDE
from tests.dummy_plugin.beacons import (
    BEACON,
    LOG_ENTRY,
    SIGNALS,
    BeaconLit,
    Beacons,
    Signals,
    count_the_wrecks,
    deliver_oil,
    fill,
    order_oil,
    write_down_in_the_log,
)


@attrs.frozen(kw_only=True)
class CoastSettings:
    """The coast."""

    name: str = attrs.field(default="Skerries", metadata=setting("What the coast is called."))


@attrs.frozen(kw_only=True)
class BeaconSettings:
    """The beacons."""

    range_miles: int = attrs.field(default=12, metadata=setting("How far a beacon is seen."))


@attrs.frozen(kw_only=True)
class LitView:
    id: str
    lit: bool


@attrs.frozen(kw_only=True)
class CoastView:
    name: str
    range_miles: int


@attrs.frozen(kw_only=True)
class LightConfig:
    beacon: str


class DummyHooks:
    """A hook that the dummy plugin publishes for others."""

    @hookspec
    def conduyt_dummy_harbours(self) -> Iterable[str]:
        """Return the names of harbours on the coast."""
        return ()


def light_beacon(call: Call[None, None]) -> LitView:
    beacon = call.unit[Beacons].light(call.path["id"])
    return LitView(id=beacon.id, lit=beacon.lit)


def show_coast(call: Call[None, None]) -> CoastView:
    settings = call.environment.settings
    return CoastView(name=settings.section(CoastSettings).name, range_miles=settings.section(BeaconSettings).range_miles)


def run_light(unit: UnitOfWork, config: LightConfig, _: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"lit": unit[Beacons].light(config.beacon).lit}


def run_note(unit: UnitOfWork, config: LightConfig, _: Mapping[str, Any]) -> Mapping[str, Any]:
    unit[Beacons].write_down(config.beacon, "noted by a workflow")
    return {"noted": config.beacon}


@click.command("coast")
@click.pass_obj
def coast(state: Any) -> None:
    """Say what the coast is called."""
    click.echo(state.kit().settings.section(CoastSettings).name)


LIGHT = Endpoint(
    method="POST",
    path="/beacons/:beacon/light",
    section="Beacons",
    summary="Light a beacon.",
    operation=lambda call: light_beacon(attrs.evolve(call, path={"id": call.path["beacon"]})),
    scope=Scope.WRITE,
    reply=LitView,
    errors=(404, 409),
    extension=True,
)

BEACONS = FeatureSpec(
    name="beacons",
    description="Beacons on the coast",
    requires=("companies",),
    entities=(BEACON, LOG_ENTRY),
    services=(Beacons,),
    endpoints=crud_endpoints(BEACON, section="Beacons"),
    events=(BeaconLit,),
    subscriptions=(Subscription(event="beacon.created", handler=write_down_in_the_log, when=INSIDE, name="beacons.log"),),
    jobs=(JobSpec(kind="beacons.order_oil", run=deliver_oil), JobSpec(kind="beacons.count_wrecks", run=count_the_wrecks)),
    schedules=(Schedule(name="beacons.count_wrecks", cron="0 3 * * *", job="beacons.count_wrecks"),),
    settings=(SettingsSpec(name="beacons", cls=BeaconSettings),),
    providers=(ProviderSpec(port=SIGNALS, name="plain", make=lambda _: Signals(), default=True),),
    actions=(ActionSpec(name="note_beacon", description="Write into the log of a beacon", config=LightConfig, run=run_note),),
    demo=DemoSpec(fill=fill),
)


class ReversedSignals(Signals):
    """Another policy."""

    def of(self, beacon: Any) -> str:
        return super().of(beacon)[::-1]


class DummyPlugin(KitPlugin):
    """Uses every hook."""

    name: ClassVar[str] = "dummy"

    def __init__(self) -> None:
        self.harbours: list[str] = []
        self.told: list[str] = []

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [SettingsSpec(name="coast", cls=CoastSettings, description="The coast.")]

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        return [BEACONS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=SIGNALS, name="reversed", make=lambda _: ReversedSignals())]

    def conduyt_subscriptions(self) -> Iterable[Subscription]:
        return [Subscription(event="beacon.lit", handler=order_oil, when=AFTER, name="dummy.order_oil")]

    def conduyt_endpoints(self) -> Iterable[Endpoint]:
        coast = Endpoint(
            method="GET",
            path="/coast",
            section="Beacons",
            summary="Show the coast.",
            operation=show_coast,
            scope=None,
            envelope=Envelope.BARE,
            reply=CoastView,
            extension=True,
        )
        return [LIGHT, coast]

    def conduyt_actions(self) -> Iterable[ActionSpec]:
        return [ActionSpec(name="light_beacon", description="Light a beacon", config=LightConfig, run=run_light)]

    def conduyt_commands(self) -> Iterable[CommandSpec]:
        return [CommandSpec(command=coast)]

    def conduyt_health_checks(self) -> Iterable[HealthCheck]:
        return [HealthCheck(name="oil", check=lambda _: "enough oil", essential=False)]

    def conduyt_addhooks(self, manager: PluginManager) -> None:
        manager.add_hooks(DummyHooks)

    def conduyt_started(self, kit: Kit) -> None:
        self.told.append("started")
        self.harbours = [name for plugin in kit.manager.plugins for name in kit.manager.call(plugin, "conduyt_dummy_harbours") or ()]

    def conduyt_stopping(self, kit: Kit) -> None:
        self.told.append("stopping")
