"""Contract: order, pages and cursors."""

import datetime as dt
import operator
import secrets
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.query import EVERYTHING, Compare, Op, Query, Related, decode_cursor, encode_cursor, query, where
from conduyt_kit.kernel.transactions import Storage
from conduyt_kit.testing.contracts.storage_entities import CALL, EPOCH, PORT, SHIP, Call, Port, Ship
from conduyt_kit.testing.contracts.storage_workspace import Workspace

LOW_AND_HIGH: dict[str, tuple[Any, Any]] = {
    "motto": ("", "z"),
    "decks": (-5, 5),
    "fee": (Decimal("-0.1"), Decimal("0.1")),
    "draught": (-1.5, 1.5),
    "insured": (False, True),
    "scrapped": (dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    "docked_at": (EPOCH, EPOCH + dt.timedelta(microseconds=1)),
}

_ships = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["A", "a", "b", "é", "é ", "\U0001f6a2", "\uffff"]),
            "motto": st.sampled_from([None, "", "x"]),
            "decks": st.sampled_from([None, -1, 0, 2**60, 2**60 + 1]),
            "fee": st.sampled_from([None, Decimal("-0.5"), Decimal("0.0001")]),
            "insured": st.sampled_from([None, False, True]),
            "scrapped": st.sampled_from([None, dt.date(2020, 1, 1)]),
            "docked_at": st.sampled_from([None, EPOCH, EPOCH + dt.timedelta(seconds=1)]),
        }
    ),
    max_size=9,
)
_sorts = st.lists(
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from(["name", "motto", "decks", "fee", "insured", "scrapped", "docked_at"])),
    max_size=3,
    unique_by=lambda item: item[1],
).map(lambda items: [sign + name for sign, name in items])


def _expected_order(ships: list[Ship], sort: list[str]) -> list[str]:
    ordered = sorted(ships, key=lambda ship: ship.id, reverse=bool(sort) and sort[0].startswith("-"))
    for item in reversed(sort):
        name = item.lstrip("-")
        present = [ship for ship in ordered if getattr(ship, name) is not None]
        present.sort(key=operator.attrgetter(name), reverse=item.startswith("-"))
        absent = [s for s in ordered if getattr(s, name) is None]
        ordered = present + absent if item.startswith("-") else absent + present
    return [ship.id for ship in ordered]


class Order:
    """Sorting."""

    @pytest.mark.parametrize("name", LOW_AND_HIGH)
    def test_null_is_smaller_than_every_value(self, here: Workspace, name: str) -> None:
        low, high = LOW_AND_HIGH[name]
        here.put(Ship(id="high", **{name: high}), Ship(id="null"), Ship(id="low", **{name: low}))

        assert here.ids(SHIP, sort=[name]) == ["null", "low", "high"]
        assert here.ids(SHIP, sort=[f"-{name}"]) == ["high", "low", "null"]

    def test_text_sorts_by_code_point(self, here: Workspace) -> None:
        names = ["", " ", "-", "1", "10", "9", "A", "B", "_", "a", "a b", "ab", "b", "z", "É", "é", "\uffff", "\U0001f6a2"]
        here.put(*(Port(id=f"{len(names) - n:02}", name=name) for n, name in enumerate(names)))

        assert [port.name for port in here.find(PORT, sort=["name"]).records] == names
        assert [port.name for port in here.find(PORT, sort=["-name"]).records] == names[::-1]

    def test_the_key_breaks_ties_in_the_direction_of_the_first_field(self, here: Workspace) -> None:
        here.put(*(Ship(id=name, motto="m", decks=decks) for name, decks in (("b", 1), ("a", 1), ("c", 2))))

        assert here.ids(SHIP, sort=["motto"]) == ["a", "b", "c"]
        assert here.ids(SHIP, sort=["-motto"]) == ["c", "b", "a"]
        assert here.ids(SHIP, sort=["-motto", "decks"]) == ["b", "a", "c"]

    def test_the_default_order_is_the_entitys(self, here: Workspace) -> None:
        here.put(*(Ship(id=name, seen_at=EPOCH + dt.timedelta(days=day)) for name, day in (("a", 2), ("b", 3), ("c", 1))))
        here.put(Port(id="a", name="y"), Port(id="b", name="x"))

        assert here.ids(SHIP, sort=None) == ["b", "a", "c"]
        assert here.ids(PORT, sort=None) == ["b", "a"]

    def test_links_are_found_and_sorted_by_their_key(self, here: Workspace) -> None:
        links = [Call(ship_id=ship, port_id=port) for ship in "ab" for port in "pq"]
        here.put(Ship(id="a"), Ship(id="b"), Port(id="p", name="P"), Port(id="q", name="Q"), *links[::-1])

        assert here.find(CALL, total=True).records == tuple(links)
        assert here.find(CALL, after=("a", "q")).records == tuple(links[2:])
        assert here.find(CALL, where(port_id="p")).records == (links[0], links[2])

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(values=_ships, sort=_sorts, size=st.integers(1, 4))
    def test_cursors_and_offsets_give_the_same_pages_of_random_data(
        self, storage: Storage, values: list[dict[str, Any]], sort: list[str], size: int
    ) -> None:
        workspace = Workspace(storage, f"ws_{secrets.token_hex(6)}")
        ships = [Ship(id=f"s{number}", **fields) for number, fields in enumerate(values)]
        workspace.put(*ships)
        expected = _expected_order(ships, sort or ["-seen_at"])
        by_offset: list[str] = []
        by_cursor: list[str] = []
        request: Query[Ship] = query(SHIP, sort=sort, limit=size, total=True)

        with workspace.read() as reading:
            for offset in range(0, len(ships) + 1, size):
                page = reading.find(SHIP, attrs.evolve(request, offset=offset))
                by_offset += [ship.id for ship in page.records]
                assert (page.total, page.more) == (len(ships), offset + size < len(ships))
            while True:
                page = reading.find(SHIP, request)
                by_cursor += [ship.id for ship in page.records]
                assert page.total == len(ships)
                if not page.more:
                    break
                token = encode_cursor(SHIP, request.sort, page.records[-1])
                request = attrs.evolve(request, after=decode_cursor(SHIP, request.sort, token))

        assert by_offset == by_cursor == expected


class Pages:
    """Limits, offsets, totals."""

    def test_a_page_has_its_part_the_total_and_whether_more_follow(self, here: Workspace) -> None:
        here.put(*(Port(id=str(n), name="P", depth=n) for n in range(5)))
        deep = Compare("depth", Op.GT, 0)

        pages = [here.find(PORT, deep, sort=["id"], limit=2, offset=offset, total=True) for offset in (0, 2, 3, 4, 99)]

        assert [[port.id for port in page.records] for page in pages] == [["1", "2"], ["3", "4"], ["4"], [], []]
        assert [page.more for page in pages] == [True, False, False, False, False]
        assert [page.total for page in pages] == [4, 4, 4, 4, 4]

    def test_the_total_is_only_given_when_asked_for(self, here: Workspace) -> None:
        here.put(Port(id="a", name="A"))

        assert here.find(PORT).total is None

    def test_an_empty_list_has_the_total_zero(self, here: Workspace) -> None:
        page = here.find(PORT, total=True, limit=10)

        assert (page.items, page.total, page.more) == ((), 0, False)

    def test_no_limit_gives_everything(self, here: Workspace) -> None:
        here.put(*(Port(id=f"{n:04}", name="P") for n in range(1_200)))

        page = here.find(PORT, sort=["id"], offset=100)

        assert [port.id for port in page.records] == [f"{n:04}" for n in range(100, 1_200)]
        assert not page.more

    def test_a_cursor_outlives_the_record_it_was_made_from(self, here: Workspace) -> None:
        here.put(*(Port(id=name, name=name) for name in "abcd"))

        with here.write() as writing:
            writing.delete(PORT, ["b"])

        assert here.ids(PORT, sort=["name"], after=("b", "b"), limit=1) == ["c"]

    def test_a_cursor_keeps_condition_search_and_total(self, here: Workspace) -> None:
        here.put(*(Port(id=f"{n}", name=f"harbour {n}", depth=n % 2) for n in range(8)))

        page = here.find(PORT, where(depth=1), search="harbour", sort=["-name"], after=("harbour 5", "5"), limit=1, total=True)

        assert [port.id for port in page.records] == ["3"]
        assert (page.total, page.more) == (4, True)

    def test_a_field_or_relation_that_does_not_exist_is_an_error(self, here: Workspace) -> None:
        with here.read() as reading:
            with pytest.raises(SpecError):
                reading.count(PORT, where(nothing=1))
            with pytest.raises(SpecError):
                reading.find(PORT, query(PORT, include=["nothing"]))
            with pytest.raises(SpecError):
                reading.find(PORT, query(PORT, Related("nothing", EVERYTHING)))
