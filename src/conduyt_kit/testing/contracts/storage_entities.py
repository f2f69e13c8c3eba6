"""Entities of a foreign trade, declared only for the storage contract: what holds for them holds for anybody's entities."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

import attrs
import msgspec

from conduyt_kit.kernel.entities import EntitySpec, HasMany, ManyToMany, NoOverlap, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, RESTRICT, SET_NULL, ref, stored
from conduyt_kit.kernel.jobs import JOB

EPOCH = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.UTC)
Title = Annotated[str, msgspec.Meta(max_length=200)]


@attrs.frozen(kw_only=True)
class Port:
    """Has no nullable reference but to its own kind."""

    id: str
    name: Title
    country: str | None = None
    depth: int = 0
    parent_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("port", on_delete=SET_NULL)))


@attrs.frozen(kw_only=True)
class Engine:
    """Nested in the JSON of a ship."""

    maker: str
    weight: Decimal = Decimal("0.00")
    built: dt.date | None = None
    checks: tuple[dt.datetime, ...] = ()


@attrs.frozen(kw_only=True)
class Ship:
    """Has a field of every kind, with and without null."""

    id: str
    name: Title = "Ship"
    motto: str | None = None
    captain_first: str | None = None
    captain_last: str | None = None
    status: Literal["docked", "at_sea"] = "at_sea"
    crew: int = 0
    decks: int | None = None
    price: Decimal = attrs.field(default=Decimal(0), metadata=stored(places=2))
    fee: Decimal | None = attrs.field(default=None, metadata=stored(places=4))
    speed: float = 0.0
    draught: float | None = None
    active: bool = True
    insured: bool | None = None
    launched: dt.date = dt.date(2000, 1, 1)
    scrapped: dt.date | None = None
    seen_at: dt.datetime = EPOCH
    docked_at: dt.datetime | None = None
    engines: tuple[Engine, ...] = ()
    spare: Engine | None = None
    labels: list[str] = attrs.field(factory=list)
    extra: dict[str, Any] = attrs.field(factory=dict)
    anything: Any = None
    registry: str | None = None
    berth: str | None = None
    home_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("port", on_delete=RESTRICT)))
    secret_hash: str | None = attrs.field(default=None, metadata=stored(secret=True))
    name_key: str | None = attrs.field(default=None, metadata=stored(hidden=True))


@attrs.frozen(kw_only=True)
class Voyage:
    """Belongs to a ship; also refers to a customs form, an entity that no storage of this contract is prepared for."""

    id: str
    ship_id: str = attrs.field(metadata=stored(ref=ref("ship", on_delete=CASCADE)))
    number: int
    cost: Decimal | None = attrs.field(default=None, metadata=stored(places=2))
    log: str | None = None
    form_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("customs_form", on_delete=SET_NULL)))


@attrs.frozen(kw_only=True)
class Call:
    """Connects ships and the ports they call at."""

    ship_id: str = attrs.field(metadata=stored(ref=ref("ship", on_delete=CASCADE)))
    port_id: str = attrs.field(metadata=stored(ref=ref("port", on_delete=CASCADE)))
    at: dt.datetime | None = None


@attrs.frozen(kw_only=True)
class Mooring:
    """A claim on a berth for some time; cancelled ones claim nothing."""

    id: str
    port_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("port", on_delete=CASCADE)))
    starts_at: dt.datetime = EPOCH
    ends_at: dt.datetime | None = None
    status: Literal["booked", "cancelled"] = "booked"


PORT: EntitySpec[Port] = entity(
    Port,
    name="port",
    search=["name"],
    sort=["name"],
    sortable=["country", "depth"],
    indexes=[("country", "-depth")],
    relations=[
        HasMany(name="ships", entity="ship", field="home_id"),
        HasMany(name="children", entity="port", field="parent_id"),
        ManyToMany(name="callers", entity="ship", link="call", here="port_id", there="ship_id"),
    ],
)

SHIP: EntitySpec[Ship] = entity(
    Ship,
    name="ship",
    unique=[
        Unique(fields=("registry",), field="registry", message="Another ship has this registry number"),
        Unique(fields=("home_id", "berth"), field="berth", message="The berth is taken", only={"status": "docked"}),
    ],
    indexes=[("status", "-seen_at"), ("home_id",)],
    search=["name", ("captain_first", "captain_last"), "motto"],
    locators=["secret_hash"],
    sort=["-seen_at"],
    sortable=["name", "decks", "fee", "draught", "insured", "scrapped", "docked_at", "motto"],
    relations=[
        HasMany(name="voyages", entity="voyage", field="ship_id"),
        ManyToMany(name="ports", entity="port", link="call", here="ship_id", there="port_id"),
    ],
)

VOYAGE: EntitySpec[Voyage] = entity(
    Voyage,
    name="voyage",
    unique=[Unique(fields=("ship_id", "number"), field="number", message="The ship has made a voyage of this number")],
    sort=["number"],
    counted=False,
)

CALL: EntitySpec[Call] = entity(Call, name="call", key=("ship_id", "port_id"), audited=False)

MOORING: EntitySpec[Mooring] = entity(
    Mooring,
    name="mooring",
    no_overlap=NoOverlap(
        start="starts_at", end="ends_at", within=("port_id",), only={"status": "booked"}, message="The berth is taken at that time"
    ),
    sort=["starts_at"],
)

SPECS: tuple[EntitySpec[Any], ...] = (PORT, SHIP, VOYAGE, CALL, MOORING, JOB)

FULL_SHIP = Ship(
    id="full",
    name="Ærøskøbing 🚢 e\u0301 \u202eRTL",
    motto="",
    captain_first="Zoë",
    captain_last="O'Brien \"%_\\",
    status="docked",
    crew=2**63 - 1,
    decks=-(2**63),
    price=Decimal("-12345678901234.05"),
    fee=Decimal("0.0001"),
    speed=0.1 + 0.2,
    draught=-1.7976931348623157e308,
    active=False,
    insured=True,
    launched=dt.date(1, 1, 1),
    scrapped=dt.date(9999, 12, 31),
    seen_at=dt.datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC),
    docked_at=dt.datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=dt.UTC),
    engines=(
        Engine(maker="MAN", weight=Decimal("12.50"), built=dt.date(1999, 12, 31), checks=(EPOCH,)),
        Engine(maker="Wärtsilä 🛠"),
    ),
    spare=Engine(maker="", weight=Decimal("0.10")),
    labels=["", "a,b", 'quote "', "日本"],
    extra={"": None, "a.b": [1, 2.5, True, None, {"deep": []}], 'key "q"': {}, "$": "x" * 3000, "big": 2**53},
    anything=["list", {"k": 1}],
    registry="R-1",
    berth="7",
    secret_hash="s" * 64,
    name_key="aeroskobing",
)
"""A ship whose every field holds an extreme value."""

EMPTY_SHIP = Ship(id="empty", name="")
"""A ship with nothing in every field that allows it."""
