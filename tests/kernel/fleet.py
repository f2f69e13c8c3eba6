"""A small domain for kernel tests: ships, their crew, voyages and stamps. No CRM noun."""

import datetime as dt
from typing import Any, ClassVar, Literal

import attrs

from conduyt_kit.extension import FeatureSpec, KitPlugin
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, HasMany, ManyToMany, Unique, entity
from conduyt_kit.kernel.events import Event, Subscription
from conduyt_kit.kernel.fields import CASCADE, RESTRICT, SET_NULL, ref, stored
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kernel.values import Name


@attrs.frozen(kw_only=True)
class Ship:
    id: str
    name: Name
    name_key: str = attrs.field(metadata=stored(hidden=True))
    kind: Literal["sail", "steam"] = "sail"
    launch_code: str | None = attrs.field(default=None, metadata=stored(secret=True))
    tonnage: int | None = None
    flagship_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("ship", on_delete=SET_NULL)))
    custom: dict[str, Any] = attrs.field(factory=dict)
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class Sailor:
    id: str
    name: Name
    ship_id: str = attrs.field(metadata=stored(ref=ref("ship", on_delete=CASCADE, timeline=True)))


@attrs.frozen(kw_only=True)
class Diary:
    id: str
    sailor_id: str = attrs.field(metadata=stored(ref=ref("sailor", on_delete=CASCADE)))
    text: str


@attrs.frozen(kw_only=True)
class Voyage:
    id: str
    ship_id: str = attrs.field(metadata=stored(ref=ref("ship", on_delete=RESTRICT)))


@attrs.frozen(kw_only=True)
class ShipStamp:
    ship_id: str = attrs.field(metadata=stored(ref=ref("ship", on_delete=CASCADE)))
    stamp_id: str = attrs.field(metadata=stored(ref=ref("stamp", on_delete=CASCADE)))


@attrs.frozen(kw_only=True)
class Stamp:
    id: str
    name: Name


SHIP: EntitySpec[Ship] = entity(
    Ship,
    name="ship",
    new_id=ids.sortable("ship_"),
    unique=[Unique(fields=("name_key",), field="name", message="A ship of this name exists")],
    search=["name"],
    relations=[
        HasMany(name="crew", entity="sailor", field="ship_id"),
        ManyToMany(name="stamps", entity="stamp", link="ship_stamp", here="ship_id", there="stamp_id"),
    ],
    sort=("-created_at",),
    sortable=("name", "tonnage"),
    alias_prefix="vessel_",
)
SAILOR: EntitySpec[Sailor] = entity(Sailor, name="sailor", new_id=ids.sortable("sail_"), sort=("id",))
DIARY: EntitySpec[Diary] = entity(Diary, name="diary", plural="diaries", new_id=ids.sortable("dia_"), sort=("id",))
VOYAGE: EntitySpec[Voyage] = entity(Voyage, name="voyage", new_id=ids.sortable("voy_"), sort=("id",))
STAMP: EntitySpec[Stamp] = entity(Stamp, name="stamp", new_id=ids.sortable("stamp_"), sort=("id",))
SHIP_STAMP: EntitySpec[ShipStamp] = entity(
    ShipStamp, name="ship_stamp", key=("ship_id", "stamp_id"), events=False, audited=False, counted=False
)


@attrs.frozen(kw_only=True)
class ShipDocked(Event):
    name: ClassVar[str] = "ship.docked"
    description: ClassVar[str] = "A ship came into port."
    entity: ClassVar[str | None] = "ship"

    ship_id: str
    port_name: str


class Fleet:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._ships = unit.repository(SHIP)

    def launch(self, name: str, **values: Any) -> Ship:
        return self._ships.create(name=name, name_key=ids.fold(name), **values)

    def dock(self, ship: Ship, port_name: str) -> None:
        self._unit.emit(ShipDocked(ship_id=ship.id, port_name=port_name))


class FleetPlugin(KitPlugin):
    name: ClassVar[str] = "fleet"

    def __init__(self, subscriptions: tuple[Subscription, ...] = (), jobs: tuple[JobSpec, ...] = ()) -> None:
        self._subscriptions = subscriptions
        self._jobs = jobs

    def conduyt_features(self) -> list[FeatureSpec]:
        return [
            FeatureSpec(
                name="fleet",
                description="Ships",
                entities=(SHIP, SAILOR, DIARY, VOYAGE, STAMP, SHIP_STAMP),
                services=(Fleet,),
                events=(ShipDocked,),
                subscriptions=self._subscriptions,
                jobs=self._jobs,
            )
        ]
