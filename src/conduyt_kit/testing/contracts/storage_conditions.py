"""Contract: conditions find the same records on every backend."""

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduyt_kit.defaults.memory_storage import MemoryStorage
from conduyt_kit.kernel.query import AllOf, AnyOf, Compare, Not, Op, Where, where
from conduyt_kit.kernel.transactions import Storage
from conduyt_kit.testing.contracts.storage_entities import EPOCH, SHIP, SPECS, Engine, Ship
from conduyt_kit.testing.contracts.storage_workspace import Workspace

DAY = dt.date(2020, 6, 1)
SECOND = dt.timedelta(seconds=1)

SHIPS = (
    Ship(id="a"),
    Ship(
        id="b",
        motto="alpha",
        crew=2,
        decks=3,
        price=Decimal("-1.50"),
        fee=Decimal("0.0001"),
        speed=0.5,
        draught=2.5,
        active=False,
        insured=False,
        launched=DAY,
        scrapped=DAY,
        seen_at=EPOCH + SECOND,
        docked_at=EPOCH,
        labels=["x", "1"],
        extra={"k": None},
        anything=["x", 2],
        spare=Engine(maker="M"),
    ),
    Ship(
        id="c",
        motto="Alpha",
        crew=3,
        decks=0,
        price=Decimal("1.5"),
        fee=Decimal("-0.0001"),
        speed=-0.5,
        draught=-2.5,
        insured=True,
        launched=DAY + dt.timedelta(days=1),
        scrapped=DAY + dt.timedelta(days=1),
        seen_at=EPOCH - SECOND,
        docked_at=EPOCH + SECOND,
        labels=["x y"],
        extra={"a.b": 1, "n": {"k": 1}},
        anything=[1, "2", None],
    ),
    Ship(id="d", motto="", crew=3, labels=["X", "%"], extra={"K": 1}, anything={"x": 1}),
)

CASES: list[tuple[Where, str]] = [
    (where(motto="alpha"), "b"),
    (where(motto=""), "d"),
    (where(motto=None), "a"),
    (where(crew=3, active=True), "cd"),
    (where(price=Decimal("1.500")), "c"),
    (where(price=Decimal("1.501")), ""),
    (where(fee=Decimal("-0.0001")), "c"),
    (where(speed=0.5), "b"),
    (where(active=False), "b"),
    (where(insured=False), "b"),
    (where(insured=None), "ad"),
    (where(launched=DAY), "b"),
    (where(seen_at=EPOCH.astimezone(dt.timezone(dt.timedelta(hours=2)))), "ad"),
    (where(docked_at=EPOCH), "b"),
    (where(spare=None), "acd"),
    (Compare("motto", Op.NE, None), "bcd"),
    (Compare("motto", Op.NE, "alpha"), "acd"),
    (Compare("insured", Op.NE, True), "abd"),
    (Compare("fee", Op.NE, Decimal(0)), "abcd"),
    (Compare("spare", Op.NE, None), "b"),
    (Compare("motto", Op.IN, ["alpha", "", "nothing"]), "bd"),
    (Compare("motto", Op.IN, []), ""),
    (Compare("motto", Op.IN, [None, "alpha"]), "b"),
    (Compare("crew", Op.IN, [0, 2]), "ab"),
    (Compare("fee", Op.IN, [Decimal("0.0001"), Decimal(7)]), "b"),
    (Compare("docked_at", Op.IN, [EPOCH, EPOCH + SECOND]), "bc"),
    (Compare("scrapped", Op.IN, [DAY]), "b"),
    (Compare("insured", Op.IN, [True, False]), "bc"),
    (Not(Compare("crew", Op.IN, [])), "abcd"),
    (Compare("crew", Op.LT, 3), "ab"),
    (Compare("crew", Op.LE, 2), "ab"),
    (Compare("crew", Op.GT, 2), "cd"),
    (Compare("crew", Op.GE, 2), "bcd"),
    (Compare("decks", Op.LT, 3), "c"),
    (Compare("decks", Op.GE, -99), "bc"),
    (Compare("motto", Op.LT, "alpha"), "cd"),
    (Compare("motto", Op.GE, ""), "bcd"),
    (Compare("price", Op.GT, Decimal(0)), "c"),
    (Compare("price", Op.LT, Decimal("0.005")), "abd"),
    (Compare("price", Op.GE, Decimal("1.4999999")), "c"),
    (Compare("fee", Op.LE, Decimal("0.0001")), "bc"),
    (Compare("draught", Op.GT, 0.0), "b"),
    (Compare("scrapped", Op.GT, DAY), "c"),
    (Compare("seen_at", Op.LT, EPOCH), "c"),
    (Compare("docked_at", Op.LE, EPOCH), "b"),
    (Compare("extra", Op.HAS_KEY, "k"), "b"),
    (Compare("extra", Op.HAS_KEY, "a.b"), "c"),
    (Compare("extra", Op.HAS_KEY, "a"), ""),
    (Compare("extra", Op.HAS_KEY, "$"), ""),
    (Compare("anything", Op.HAS_KEY, "x"), "d"),
    (Compare("labels", Op.HAS_ITEM, "x"), "b"),
    (Compare("labels", Op.HAS_ITEM, "1"), "b"),
    (Compare("labels", Op.HAS_ITEM, "%"), "d"),
    (Compare("labels", Op.HAS_ITEM, ""), ""),
    (Compare("anything", Op.HAS_ITEM, "x"), "b"),
    (Compare("anything", Op.HAS_ITEM, "2"), "c"),
    (Compare("anything", Op.HAS_ITEM, "1"), ""),
    (AllOf(()), "abcd"),
    (AnyOf(()), ""),
    (Not(AllOf(())), ""),
    (Not(AnyOf(())), "abcd"),
    (AnyOf((where(motto="alpha"), where(crew=3))), "bcd"),
    (AllOf((where(crew=3), Compare("motto", Op.NE, ""))), "c"),
    (AllOf((AnyOf((where(id="a"), where(id="b"))), AnyOf((where(id="b"), where(id="c"))))), "b"),
    (Not(where(crew=3)), "ab"),
    (Not(where(motto=None)), "bcd"),
    (Not(AnyOf((where(crew=2), where(active=True)))), ""),
    (Not(Not(where(crew=3))), "cd"),
    (AnyOf((where(id="a"), Not(AllOf((where(active=True), Compare("crew", Op.GT, 0)))))), "ab"),
]

VALUES: dict[str, list[Any]] = {
    "motto": [None, "", "a", "A", "é"],
    "decks": [None, -1, 0, 2],
    "fee": [None, Decimal("-0.5"), Decimal(0), Decimal("0.0001")],
    "insured": [None, True, False],
    "docked_at": [None, EPOCH, EPOCH + SECOND],
}

_ships = st.lists(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}), max_size=8)
_equalities = st.sampled_from([Compare(name, op, value) for name, values in VALUES.items() for value in values for op in (Op.EQ, Op.NE)])
_orders = st.sampled_from(
    [
        Compare(name, op, value)
        for name, values in VALUES.items()
        if name != "insured"
        for value in values[1:]
        for op in (Op.LT, Op.LE, Op.GT, Op.GE)
    ]
)
_conditions: st.SearchStrategy[Where] = st.recursive(
    _equalities | _orders | _equalities.map(Not),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts)))
        | st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
    ),
    max_leaves=6,
)


class Conditions:
    """Every comparison, with and without null, and their combinations."""

    @pytest.mark.parametrize(("condition", "expected"), CASES, ids=lambda case: str(case)[:60])
    def test_a_condition_finds_exactly_its_records(self, here: Workspace, condition: Where, expected: str) -> None:
        here.put(*SHIPS)

        assert here.ids(SHIP, condition) == list(expected)
        assert here.count(SHIP, condition) == len(expected)
        assert here.total(SHIP, condition) == len(expected)

    def test_many_parts_are_no_problem(self, here: Workspace) -> None:
        here.put(*SHIPS)

        assert here.ids(SHIP, AnyOf((*(where(id=f"{n}") for n in range(300)), where(id="c")))) == ["c"]

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(ships=_ships, conditions=st.lists(_conditions, min_size=1, max_size=4))
    def test_random_conditions_agree_with_the_memory_storage(
        self, storage: Storage, ships: list[dict[str, Any]], conditions: list[Where]
    ) -> None:
        memory = MemoryStorage()
        memory.prepare(SPECS)
        name = f"ws_{secrets.token_hex(6)}"
        tested, reference = Workspace(storage, name), Workspace(memory, name)
        for workspace in (tested, reference):
            workspace.put(*(Ship(id=str(number), **values) for number, values in enumerate(ships)))

        for condition in conditions:
            assert tested.ids(SHIP, condition) == reference.ids(SHIP, condition)
