"""Contract: a search finds the same records on every backend."""

import attrs
import pytest

from conduyt_kit.kernel.query import AllOf, where
from conduyt_kit.testing.contracts.storage_entities import PORT, SHIP, Port, Ship
from conduyt_kit.testing.contracts.storage_workspace import Workspace

FLEET = (
    Ship(id="sarah", name="Straße 1", captain_first="Sarah", captain_last="Kim", motto="50% off_now \\o/"),
    Ship(id="ole", name="ÆRØ", captain_first="Ole", captain_last=None, motto="Kimono"),
    Ship(id="ann", name="Ann", captain_first=None, captain_last="Ole Sarah", motto="日本丸 🚢"),
    Ship(id="nul", name="Ⅸ ﬁn", motto=None),
)

SEARCHES = [
    ("straße", ["sarah"]),
    ("STRASSE", ["sarah"]),
    ("ærø", ["ole"]),
    ("Sarah Kim", ["sarah"]),
    ("  sarah   kim ", ["sarah"]),
    ("h k", ["sarah"]),
    ("kim sarah", []),
    ("1 sarah", []),
    ("kim 50", []),
    ("kim", ["ole", "sarah"]),
    ("ole", ["ann", "ole"]),
    ("e sarah", ["ann"]),
    ("%", ["sarah"]),
    ("_", ["sarah"]),
    ("\\", ["sarah"]),
    ("0% off_", ["sarah"]),
    ("0%off", []),
    ("s_r", []),
    ("s%h", []),
    ("\\o/", ["sarah"]),
    ('"', []),
    ("'", []),
    ("*", []),
    ("k", ["ole", "sarah"]),
    ("ki", ["ole", "sarah"]),
    ("æ", ["ole"]),
    ("日", ["ann"]),
    ("日本", ["ann"]),
    ("日本丸", ["ann"]),
    ("🚢", ["ann"]),
    ("ix fin", ["nul"]),
    ("Ole AND Sarah", []),
    ("NEAR(ole)", []),
    ("nobody at all", []),
    ("   ", ["ann", "nul", "ole", "sarah"]),
]


class Search:
    """Case folding, literal letters, short texts, groups."""

    @pytest.mark.parametrize(("text", "expected"), SEARCHES)
    def test_a_search_finds_exactly_its_records(self, here: Workspace, text: str, expected: list[str]) -> None:
        here.put(*FLEET)

        page = here.find(SHIP, search=text, sort=["id"], total=True)

        assert [ship.id for ship in page.records] == expected
        assert page.total == len(expected)
        with here.read() as reading:
            assert reading.count(SHIP, AllOf(()), text) == len(expected)

    def test_a_search_and_a_condition_both_hold(self, here: Workspace) -> None:
        here.put(*FLEET)

        assert here.ids(SHIP, where(captain_first="Ole"), search="kim") == ["ole"]
        with here.read() as reading:
            assert reading.count(SHIP, where(captain_first="Ole"), "kim") == 1

    def test_a_long_text_is_found_and_its_neighbours_are_not(self, here: Workspace) -> None:
        here.put(Port(id="a", name="x" * 150 + "needle" + "y" * 44), Port(id="b", name="x" * 150 + "noodle"))

        assert here.ids(PORT, search="x" * 100 + "NEEDLE") == ["a"]

    def test_search_follows_updates_of_one_field_of_a_group(self, here: Workspace) -> None:
        here.put(*FLEET)

        with here.write() as writing:
            writing.update(SHIP, "sarah", {"captain_last": "Jensen"})
            writing.update_where(SHIP, where(id="ole"), {"motto": None})
            assert writing.count(SHIP, AllOf(()), "sarah jensen") == 1

        assert here.ids(SHIP, search="sarah jensen") == ["sarah"]
        assert here.ids(SHIP, search="kim") == []
        assert here.ids(SHIP, search="ole") == ["ann", "ole"]

    def test_search_follows_update_where_over_many_rows(self, here: Workspace) -> None:
        here.put(*FLEET)

        with here.write() as writing:
            writing.update_where(SHIP, AllOf(()), {"captain_first": "Tove"})

        assert here.ids(SHIP, search="tove kim") == ["sarah"]
        assert here.ids(SHIP, search="tove ole sarah") == ["ann"]
        assert here.ids(SHIP, search="tove") == ["ann", "nul", "ole", "sarah"]

    def test_search_follows_upsert_delete_and_rollback(self, here: Workspace) -> None:
        here.put(*(attrs.evolve(ship, registry=ship.id) for ship in FLEET))

        with here.write() as writing:
            writing.upsert(SHIP, Ship(id="x", registry="ann", name="Tove", captain_last="Vig"), by=["registry"], update=["name"])
            writing.delete(SHIP, ["ole"])
            writing.insert_missing(SHIP, [Ship(id="new", name="tove too")])
        undone = here.begin()
        undone.update(SHIP, "sarah", {"name": "tove as well"})
        undone.rollback()

        assert here.ids(SHIP, search="tove") == ["ann", "new"]
        assert here.ids(SHIP, search="vig") == []
        assert here.ids(SHIP, search="kimono") == []
        assert here.ids(SHIP, search="strasse") == ["sarah"]
