"""The feature: beacons, which can be lit."""

import datetime as dt
from typing import Any, ClassVar, Literal

import attrs

from conduyt_kit import UnitOfWork
from conduyt_kit.extension import Port
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.events import Event
from conduyt_kit.kernel.fields import CASCADE, SET_NULL, ref, stored
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.values import Name


@attrs.frozen(kw_only=True)
class Beacon:
    """A beacon on the coast."""

    id: str
    name: Name = attrs.field(metadata=stored(description="What sailors call it"))
    color: Literal["red", "green", "white"] = "white"
    lit: bool = attrs.field(default=False, metadata=stored(read_only=True))
    lamps: int = 1
    code: str = attrs.field(default="", metadata=stored(hidden=True))
    passphrase: str = attrs.field(default="", metadata=stored(secret=True))
    keeper_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("company", on_delete=SET_NULL, timeline=True)))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


BEACON: EntitySpec[Beacon] = entity(
    Beacon,
    name="beacon",
    new_id=ids.sortable("bcn_"),
    unique=[Unique(fields=("name",), field="name", message="Another beacon has this name")],
    indexes=[("-created_at",), ("lamps",)],
    search=["name"],
    sort=("-created_at",),
    sortable=("name",),
)


@attrs.frozen(kw_only=True)
class LogEntry:
    """What the keeper wrote down."""

    id: str
    beacon_id: str = attrs.field(metadata=stored(ref=ref("beacon", on_delete=CASCADE)))
    text: str


LOG_ENTRY: EntitySpec[LogEntry] = entity(
    LogEntry, name="beacon_log_entry", plural="beacon_log_entries", new_id=ids.random_hex("log_"), audited=False, events=False
)


@attrs.frozen(kw_only=True)
class BeaconLit(Event):
    name: ClassVar[str] = "beacon.lit"
    description: ClassVar[str] = "A beacon was lit."
    entity: ClassVar[str | None] = "beacon"

    beacon_id: str
    signal: str


class Signals:
    """The policy: which signal a beacon gives."""

    def of(self, beacon: Beacon) -> str:
        return f"{beacon.lamps} x {beacon.color}"


SIGNALS: Port[Signals] = Port("signals", "which signal a beacon gives")


class Beacons:
    """The use cases of beacons."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._beacons = unit.repository(BEACON)

    def light(self, id: str) -> Beacon:
        """Light a beacon.

        Raises:
            NotFound: no such beacon.
            Conflict: it is lit already.
        """
        beacon = self._beacons.get_for_update(id)
        if beacon.lit:
            raise Conflict("This beacon is lit already")
        lit = self._beacons.change(beacon, lit=True)
        self._unit.emit(BeaconLit(beacon_id=id, signal=self._unit.provider(SIGNALS).of(lit)))
        return lit

    def write_down(self, id: str, text: str) -> None:
        """Write into the log of a beacon, once for each text."""
        entries = self._unit.repository(LOG_ENTRY)
        if entries.first_where(beacon_id=id, text=text) is None:
            entries.create(beacon_id=id, text=text)


def write_down_in_the_log(unit: UnitOfWork, happened: Any) -> None:
    unit[Beacons].write_down(happened.entity_id, happened.name)


def order_oil(unit: UnitOfWork, happened: Any) -> None:
    unit.enqueue(NewJob(kind="beacons.order_oil", key=happened.entity_id, args={"beacon": happened.entity_id}))


def deliver_oil(run: JobRun) -> None:
    with run.unit_of_work(finishes=True) as unit:
        unit[Beacons].write_down(run.job.args["beacon"], "oil delivered")


def count_the_wrecks(run: JobRun) -> None:
    with run.unit_of_work(finishes=True) as unit:
        unit.log("beacon", "all", "updated", {"wrecks": {"from": None, "to": 0}})


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    shared["beacons"] = [unit.repository(BEACON).create(name=name) for name in ("North Head", "South Stack")]
