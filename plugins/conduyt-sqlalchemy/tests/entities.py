"""Entities of a small harbour, for what is special about SQL; the storage contract has its own."""

import datetime as dt
import decimal

import attrs

from conduyt_kit.kernel.entities import EntitySpec, HasMany, ManyToMany, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, SET_NULL, ref, stored

NOW = dt.datetime(2025, 3, 30, 1, 0, tzinfo=dt.UTC)


@attrs.frozen(kw_only=True)
class Boat:
    id: str
    name: str
    owner: str | None = None
    plate: str | None = None
    price: decimal.Decimal = attrs.field(default=decimal.Decimal(0), metadata=stored(places=2))
    quay_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("quay", on_delete=SET_NULL)))
    created_at: dt.datetime = NOW


@attrs.frozen(kw_only=True)
class Quay:
    id: str
    name: str
    master_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("boat", on_delete=SET_NULL)))


@attrs.frozen(kw_only=True)
class Crate:
    id: str
    boat_id: str = attrs.field(metadata=stored(ref=ref("boat", on_delete=CASCADE)))
    weight: int = 0


@attrs.frozen(kw_only=True)
class Mooring:
    boat_id: str = attrs.field(metadata=stored(ref=ref("boat", on_delete=CASCADE)))
    quay_id: str = attrs.field(metadata=stored(ref=ref("quay", on_delete=CASCADE)))


BOAT: EntitySpec[Boat] = entity(
    Boat,
    name="boat",
    unique=[Unique(fields=("plate",), field="plate", message="The plate is taken")],
    search=["name"],
    sort=["-created_at"],
    relations=[
        HasMany(name="crates", entity="crate", field="boat_id"),
        ManyToMany(name="quays", entity="quay", link="mooring", here="boat_id", there="quay_id"),
    ],
)
QUAY: EntitySpec[Quay] = entity(Quay, name="quay", sort=["name"])
CRATE: EntitySpec[Crate] = entity(Crate, name="crate", sort=["weight"])
MOORING: EntitySpec[Mooring] = entity(Mooring, name="mooring", key=("boat_id", "quay_id"), audited=False)

HARBOUR = (BOAT, QUAY, CRATE, MOORING)
