"""Contract: relations as conditions, as includes and as counts."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import pytest

from conduyt_kit.kernel.query import EVERYTHING, AllOf, AnyOf, Not, Related, Where, where
from conduyt_kit.testing.contracts.storage_entities import EPOCH, FULL_SHIP, PORT, SHIP, VOYAGE, Call, Port, Ship, Voyage
from conduyt_kit.testing.contracts.storage_workspace import Workspace

HARBOUR = (
    Port(id="p", name="P", country="DK"),
    Port(id="q", name="Q", country="SE", parent_id="p"),
    Port(id="r", name="R", parent_id="p"),
    Ship(id="a", home_id="p", crew=1, seen_at=EPOCH),
    Ship(id="b", home_id="p", crew=2, seen_at=EPOCH + dt.timedelta(days=1)),
    Ship(id="c", home_id="q", crew=3),
    Ship(id="d"),
    Voyage(id="v1", ship_id="a", number=1, cost=Decimal("0.10")),
    Voyage(id="v2", ship_id="a", number=2, cost=None),
    Voyage(id="v3", ship_id="c", number=1, cost=Decimal("0.20")),
    Call(ship_id="a", port_id="q", at=EPOCH),
    Call(ship_id="a", port_id="r"),
    Call(ship_id="b", port_id="q"),
    Call(ship_id="d", port_id="p"),
)

RELATED: list[tuple[Where, str]] = [
    (Related("voyages", EVERYTHING), "ac"),
    (Related("voyages", where(number=2)), "a"),
    (Related("voyages", where(cost=None)), "a"),
    (Related("voyages", where(number=9)), ""),
    (Not(Related("voyages", EVERYTHING)), "bd"),
    (Not(Related("voyages", where(cost=None))), "bcd"),
    (Related("ports", where(country="SE")), "ab"),
    (Related("ports", where(country=None)), "a"),
    (Not(Related("ports", where(country="SE"))), "cd"),
    (AllOf((Related("ports", where(id="q")), Related("ports", where(id="r")))), "a"),
    (Related("ports", AnyOf((where(id="q"), where(id="p")))), "abd"),
    (AnyOf((Related("voyages", where(number=1)), where(crew=2))), "abc"),
    (AllOf((where(home_id="p"), Not(Related("voyages", EVERYTHING)))), "b"),
    (Related("ports", Related("ships", where(crew=3))), "ab"),
    (Related("ports", Related("children", Related("callers", where(id="b")))), "d"),
    (Related("ports", Not(Related("ships", EVERYTHING))), "a"),
    (Related("voyages", AnyOf(())), ""),
]


class Relations:
    """Relations as conditions, as includes and as counts."""

    @pytest.mark.parametrize(("condition", "expected"), RELATED, ids=lambda case: str(case)[:60])
    def test_a_relation_condition_finds_exactly_its_records(self, here: Workspace, condition: Where, expected: str) -> None:
        here.put(*HARBOUR)

        assert here.ids(SHIP, condition) == list(expected)
        assert here.count(SHIP, condition) == here.total(SHIP, condition) == len(expected)

    def test_a_relation_to_the_own_entity_is_not_mixed_up(self, here: Workspace) -> None:
        here.put(*HARBOUR)

        assert here.ids(PORT, Related("children", where(country="SE"))) == ["p"]
        assert here.ids(PORT, Related("children", where(id="p"))) == []
        assert here.ids(PORT, AllOf((where(country="DK"), Related("children", where(country=None))))) == ["p"]

    def test_relation_conditions_guard_changes_too(self, here: Workspace) -> None:
        here.put(*HARBOUR)

        with here.write() as writing:
            assert writing.update_where(SHIP, Related("voyages", EVERYTHING), {"motto": "travelled"}) == 2
            assert not writing.update(SHIP, "b", {"crew": 9}, expected=Related("voyages", EVERYTHING))
            assert (
                writing.delete_where(PORT, Not(AnyOf(tuple(Related(name, EVERYTHING) for name in ("ships", "children", "callers"))))) == 0
            )

        assert here.ids(SHIP, where(motto="travelled")) == ["a", "c"]

    def test_included_records_are_complete_and_in_their_default_order(self, here: Workspace) -> None:
        here.put(*HARBOUR)

        page = here.find(PORT, sort=["id"], include=["ships", "children", "callers"])

        found = {item.record.id: {name: [r.id for r in item.related[name]] for name in item.related} for item in page.items}
        assert found == {
            "p": {"ships": ["b", "a"], "children": ["q", "r"], "callers": ["d"]},
            "q": {"ships": ["c"], "children": [], "callers": ["b", "a"]},
            "r": {"ships": [], "children": [], "callers": ["a"]},
        }
        assert page.items[0].related["ships"] == (HARBOUR[4], HARBOUR[3])
        assert page.items[2].related["ships"] == ()

    def test_included_records_are_equal_to_read_ones_in_every_field(self, here: Workspace) -> None:
        full = attrs.evolve(FULL_SHIP, home_id="p")
        here.put(Port(id="p", name="P"), full, Voyage(id="v", ship_id="full", number=1), Call(ship_id="full", port_id="p"))

        by_relation = here.find(PORT, include=["ships", "callers"]).items[0].related
        by_reference = here.find(VOYAGE, include=["ship_id"]).items[0].related

        assert by_relation == {"ships": (full,), "callers": (full,)}
        assert by_reference == {"ship_id": full}
        assert str(by_reference["ship_id"].fee) == "0.0001"

    def test_an_included_reference_is_the_record_or_none(self, here: Workspace) -> None:
        here.put(*HARBOUR)

        page = here.find(SHIP, sort=["id"], include=["home_id"])

        assert [item.related["home_id"] for item in page.items] == [HARBOUR[0], HARBOUR[0], HARBOUR[1], None]

    def test_an_included_reference_to_the_own_entity_is_the_other_record(self, here: Workspace) -> None:
        here.put(*HARBOUR)

        page = here.find(PORT, sort=["id"], include=["parent_id", "children"], counts=["children"])

        assert [item.related["parent_id"] for item in page.items] == [None, HARBOUR[0], HARBOUR[0]]
        assert [item.counts["children"] for item in page.items] == [2, 0, 0]

    def test_counts_are_exact_and_zero_where_there_is_nothing(self, here: Workspace) -> None:
        here.put(*HARBOUR)

        ships = here.find(SHIP, sort=["id"], counts=["voyages", "ports"])
        ports = here.find(PORT, sort=["id"], counts=["ships", "callers"])

        assert [dict(item.counts) for item in ships.items] == [
            {"voyages": 2, "ports": 2},
            {"voyages": 0, "ports": 1},
            {"voyages": 1, "ports": 0},
            {"voyages": 0, "ports": 1},
        ]
        assert [dict(item.counts) for item in ports.items] == [
            {"ships": 2, "callers": 1},
            {"ships": 1, "callers": 2},
            {"ships": 0, "callers": 1},
        ]

    def test_includes_and_counts_come_with_pages_searches_and_totals(self, here: Workspace) -> None:
        here.put(*HARBOUR)
        wanted: dict[str, Any] = {
            "include": ["ports", "home_id"],
            "counts": ["voyages"],
            "search": "ship",
            "sort": ["id"],
            "limit": 1,
            "total": True,
        }

        by_offset = here.find(SHIP, Related("ports", EVERYTHING), offset=1, **wanted)
        by_cursor = here.find(SHIP, Related("ports", EVERYTHING), after=("a",), **wanted)

        assert by_offset == by_cursor
        (item,) = by_offset.items
        assert (item.record, item.related, item.counts) == (HARBOUR[4], {"ports": (HARBOUR[1],), "home_id": HARBOUR[0]}, {"voyages": 0})
        assert (by_offset.total, by_offset.more) == (3, True)

    def test_a_record_may_have_many_related_ones(self, here: Workspace) -> None:
        here.put(Ship(id="a"), *(Voyage(id=f"v{n}", ship_id="a", number=n) for n in range(1_500)))

        (item,) = here.find(SHIP, include=["voyages"], counts=["voyages"]).items

        assert [voyage.number for voyage in item.related["voyages"]] == list(range(1_500))
        assert item.counts == {"voyages": 1_500}
