"""Contract: every kind of change does exactly what it says."""

import copy
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from conduyt_kit.kernel.query import AllOf, AnyOf, Compare, Op, RemoveKey, where
from conduyt_kit.testing.contracts.storage_entities import CALL, EPOCH, FULL_SHIP, PORT, SHIP, VOYAGE, Call, Port, Ship, Voyage
from conduyt_kit.testing.contracts.storage_workspace import Workspace, in_threads

UNSTORABLE: dict[str, dict[str, Any]] = {
    "null": {"name": None},
    "naive timestamp": {"seen_at": dt.datetime(2024, 1, 1)},  # noqa: DTZ001 - that is the point
    "too many places": {"price": Decimal("1.005")},
    "infinite decimal": {"price": Decimal("Infinity")},
    "integer of 65 bits": {"crew": 2**63},
}


class Changes:
    """Inserts, upserts, updates and deletions."""

    def test_a_batch_inserts_several_entities_in_order(self, here: Workspace) -> None:
        here.put(Port(id="p", name="P"), Ship(id="s", home_id="p"), Voyage(id="v", ship_id="s", number=1), Call(ship_id="s", port_id="p"))

        assert [here.count(spec) for spec in (PORT, SHIP, VOYAGE, CALL)] == [1, 1, 1, 1]

    def test_a_batch_mixes_entities_and_may_refer_backwards_and_to_itself(self, here: Workspace) -> None:
        here.put(
            Port(id="a", name="A", parent_id="a"),
            Ship(id="s", home_id="a"),
            Port(id="b", name="B", parent_id="a"),
            Ship(id="t", home_id="b"),
        )

        assert here.ids(PORT, where(parent_id="a")) == ["a", "b"]
        assert here.ids(SHIP) == ["s", "t"]

    def test_an_empty_batch_changes_nothing(self, here: Workspace) -> None:
        with here.unchanged():
            here.put()

    def test_five_thousand_rows_fit_in_one_batch(self, here: Workspace) -> None:
        here.put(*(Port(id=f"p{n:04}", name=str(n), depth=n) for n in range(5_000)))

        assert here.total(PORT) == 5_000
        assert here.get(PORT, "p4999") == Port(id="p4999", name="4999", depth=4_999)

    def test_insert_missing_skips_existing_keys_and_repeats(self, here: Workspace) -> None:
        here.put(Port(id="a", name="first"))

        with here.write() as writing:
            inserted = writing.insert_missing(PORT, [Port(id="a", name="second"), Port(id="b", name="B"), Port(id="b", name="again")])
            none = writing.insert_missing(PORT, [])

        assert (inserted, none) == (1, 0)
        assert here.find(PORT).records == (Port(id="b", name="B"), Port(id="a", name="first"))
        assert here.total(PORT) == 2

    def test_insert_missing_takes_links(self, here: Workspace) -> None:
        here.put(Ship(id="s"), Port(id="p", name="P"), Port(id="q", name="Q"), Call(ship_id="s", port_id="p", at=EPOCH))

        with here.write() as writing:
            inserted = writing.insert_missing(CALL, [Call(ship_id="s", port_id="p"), Call(ship_id="s", port_id="q")])

        assert inserted == 1
        assert here.get(CALL, ("s", "p")) == Call(ship_id="s", port_id="p", at=EPOCH)

    def test_upsert_inserts_what_is_new(self, here: Workspace) -> None:
        ship = attrs.evolve(FULL_SHIP, home_id=None)

        with here.write() as writing:
            assert writing.upsert(SHIP, ship, by=["registry"], update=["name"]) == (ship, True)

        assert here.get(SHIP, "full") == ship
        assert here.total(SHIP) == 1

    def test_upsert_updates_only_the_named_fields(self, here: Workspace) -> None:
        here.put(Ship(id="old", registry="R", name="Old", crew=1, extra={"k": 1}))

        with here.write() as writing:
            stored, inserted = writing.upsert(
                SHIP, Ship(id="new", registry="R", name="New", crew=9, extra={"k": 2}), by=["registry"], update=["name", "extra"]
            )

        assert not inserted
        assert stored == Ship(id="old", registry="R", name="New", crew=1, extra={"k": 2})
        assert here.find(SHIP, total=True).records == (stored,)
        assert here.total(SHIP) == 1

    def test_upsert_with_nothing_to_update_returns_the_existing_row(self, here: Workspace) -> None:
        here.put(Ship(id="old", registry="R", name="Old"))

        with here.write() as writing:
            found = writing.upsert(SHIP, Ship(id="new", registry="R", name="New"), by=["registry"], update=[])

        assert found == (Ship(id="old", registry="R", name="Old"), False)

    def test_upsert_by_the_key_and_by_several_fields(self, here: Workspace) -> None:
        here.put(Ship(id="s"), Port(id="p", name="P"), Call(ship_id="s", port_id="p"), Voyage(id="v", ship_id="s", number=1))

        with here.write() as writing:
            call = writing.upsert(CALL, Call(ship_id="s", port_id="p", at=EPOCH), by=["ship_id", "port_id"], update=["at"])
            voyage = writing.upsert(VOYAGE, Voyage(id="w", ship_id="s", number=1, log="x"), by=["ship_id", "number"], update=["log"])

        assert call == (Call(ship_id="s", port_id="p", at=EPOCH), False)
        assert voyage == (Voyage(id="v", ship_id="s", number=1, log="x"), False)

    def test_upsert_with_a_null_in_the_unique_fields_inserts(self, here: Workspace) -> None:
        here.put(Ship(id="a", registry=None))

        with here.write() as writing:
            _, inserted = writing.upsert(SHIP, Ship(id="b", registry=None), by=["registry"], update=["name"])

        assert inserted
        assert here.ids(SHIP) == ["a", "b"]

    def test_upserts_of_eight_threads_make_one_row(self, here: Workspace) -> None:
        def upsert(number: int) -> bool:
            with here.write() as writing:
                return writing.upsert(SHIP, Ship(id=f"s{number}", registry="R", crew=number), by=["registry"], update=["crew"])[1]

        inserted = in_threads(8, upsert)

        assert inserted.count(True) == 1
        assert here.count(SHIP) == here.total(SHIP) == 1

    def test_update_sets_the_named_fields_only(self, here: Workspace) -> None:
        here.put(FULL_SHIP, Ship(id="other"))
        changes: dict[str, Any] = {
            "name": "New",
            "price": Decimal("1.20"),
            "seen_at": EPOCH,
            "labels": ["x"],
            "decks": None,
            "active": True,
        }

        with here.write() as writing:
            assert writing.update(SHIP, "full", changes)

        assert here.get(SHIP, "full") == attrs.evolve(FULL_SHIP, **changes)
        assert here.get(SHIP, "other") == Ship(id="other")

    def test_update_of_every_field_round_trips(self, here: Workspace) -> None:
        here.put(Ship(id="full"))
        changes = {name: getattr(FULL_SHIP, name) for name in SHIP.by_name if name != "id"}

        with here.write() as writing:
            writing.update(SHIP, "full", copy.deepcopy(changes))

        assert here.get(SHIP, "full") == FULL_SHIP

    def test_update_of_nobody_says_so(self, here: Workspace) -> None:
        with here.unchanged(), here.write() as writing:
            assert not writing.update(SHIP, "nobody", {"name": "x"})

    def test_guarded_update_happens_only_if_the_guard_holds(self, here: Workspace) -> None:
        here.put(Ship(id="a", status="at_sea", crew=5))

        with here.write() as writing:
            assert not writing.update(SHIP, "a", {"crew": 6}, expected=where(status="docked"))
            assert not writing.update(SHIP, "a", {"crew": 6}, expected=where(motto="x"))
            assert writing.update(SHIP, "a", {"crew": 7}, expected=AllOf((where(status="at_sea"), Compare("crew", Op.LT, 6))))
            assert not writing.update(SHIP, "a", {"crew": 8}, expected=Compare("crew", Op.LT, 6))
            assert writing.update(SHIP, "a", {"motto": "m"}, expected=where(motto=None))

        assert here.get(SHIP, "a") == Ship(id="a", crew=7, motto="m")

    def test_update_without_changes_only_checks(self, here: Workspace) -> None:
        here.put(Ship(id="a"))

        with here.unchanged(), here.write() as writing:
            assert writing.update(SHIP, "a", {}, expected=where(crew=0))
            assert not writing.update(SHIP, "a", {}, expected=where(crew=1))

    def test_a_link_is_updated_by_its_key(self, here: Workspace) -> None:
        here.put(Ship(id="s"), Port(id="p", name="P"), Call(ship_id="s", port_id="p"))

        with here.write() as writing:
            assert writing.update(CALL, ("s", "p"), {"at": EPOCH})

        assert here.get(CALL, ("s", "p")) == Call(ship_id="s", port_id="p", at=EPOCH)

    def test_only_one_of_eight_guarded_updates_wins(self, here: Workspace) -> None:
        here.put(Ship(id="a", status="at_sea"))

        def dock(number: int) -> bool:
            with here.write() as writing:
                return writing.update(SHIP, "a", {"status": "docked", "berth": str(number)}, expected=where(status="at_sea"))

        won = in_threads(8, dock)

        assert won.count(True) == 1
        assert here.get(SHIP, "a") == Ship(id="a", status="docked", berth=str(won.index(True)))

    def test_update_where_changes_all_matches(self, here: Workspace) -> None:
        here.put(Ship(id="a", crew=1), Ship(id="b", crew=2, motto="m"), Ship(id="c", crew=3))

        with here.write() as writing:
            assert writing.update_where(SHIP, Compare("crew", Op.GE, 2), {"motto": None, "price": Decimal(3)}) == 2
            assert writing.update_where(SHIP, where(name="nobody"), {"crew": 9}) == 0

        assert here.find(SHIP, sort=["id"]).records == (
            Ship(id="a", crew=1),
            Ship(id="b", crew=2, price=Decimal(3)),
            Ship(id="c", crew=3, price=Decimal(3)),
        )

    @pytest.mark.parametrize("key", ["k", "a.b", 'q"u', "$", "it's", ""])
    def test_update_where_removes_a_key_of_a_json_object(self, here: Workspace, key: str) -> None:
        here.put(Ship(id="a", extra={key: 1, "keep": [1]}), Ship(id="b", extra={"keep": 2}), Ship(id="c", extra={key: None}))

        with here.write() as writing:
            assert writing.update_where(SHIP, Compare("extra", Op.HAS_KEY, key), {"extra": RemoveKey(key), "crew": 4}) == 2
            assert writing.update_where(SHIP, where(id="b"), {"extra": RemoveKey(key)}) == 1

        assert here.find(SHIP, sort=["id"]).records == (
            Ship(id="a", crew=4, extra={"keep": [1]}),
            Ship(id="b", extra={"keep": 2}),
            Ship(id="c", crew=4, extra={}),
        )

    def test_delete_removes_the_named_records_and_counts_them(self, here: Workspace) -> None:
        here.put(*(Ship(id=name) for name in "abcd"))

        with here.write() as writing:
            assert writing.delete(SHIP, ["a", "c", "nobody", "a"]) == 2
            assert writing.delete(SHIP, []) == 0

        assert here.ids(SHIP) == ["b", "d"]
        assert here.total(SHIP) == 2

    def test_links_are_deleted_by_their_keys(self, here: Workspace) -> None:
        here.put(
            Ship(id="s"), Port(id="p", name="P"), Port(id="q", name="Q"), Call(ship_id="s", port_id="p"), Call(ship_id="s", port_id="q")
        )

        with here.write() as writing:
            assert writing.delete(CALL, [("s", "p"), ("p", "s")]) == 1

        assert here.find(CALL).records == (Call(ship_id="s", port_id="q"),)

    def test_delete_takes_any_number_of_keys(self, here: Workspace) -> None:
        here.put(*(Port(id=f"p{n}", name=str(n)) for n in range(2_000)))

        with here.write() as writing:
            assert writing.delete(PORT, [f"p{n}" for n in range(10_000) if n != 7]) == 1_999

        assert here.ids(PORT) == ["p7"]

    def test_delete_where_removes_all_matches(self, here: Workspace) -> None:
        here.put(*(Ship(id=name, crew=crew) for crew, name in enumerate("abcd")))

        with here.write() as writing:
            assert writing.delete_where(SHIP, AnyOf((where(crew=0), Compare("crew", Op.GT, 2)))) == 2
            assert writing.delete_where(SHIP, where(crew=99)) == 0

        assert here.ids(SHIP) == ["b", "c"]
        assert here.total(SHIP) == 2

    def test_what_was_deleted_may_be_inserted_again(self, here: Workspace) -> None:
        here.put(Ship(id="a", registry="R"))

        with here.write() as writing:
            writing.delete(SHIP, ["a"])
            writing.insert([(SHIP, Ship(id="a", registry="R", name="again"))])

        assert here.find(SHIP).records == (Ship(id="a", registry="R", name="again"),)

    @pytest.mark.parametrize("values", UNSTORABLE.values(), ids=UNSTORABLE)
    def test_a_value_that_the_field_cannot_hold_is_refused(self, here: Workspace, values: dict[str, Any]) -> None:
        here.put(Ship(id="a"))
        bad = attrs.evolve(Ship(id="b"), **values)
        attempts: list[Callable[[Any], Any]] = [
            lambda writing: writing.insert([(SHIP, Ship(id="c")), (SHIP, bad)]),
            lambda writing: writing.insert_missing(SHIP, [bad]),
            lambda writing: writing.upsert(SHIP, bad, by=["id"], update=["name"]),
            lambda writing: writing.update(SHIP, "a", values),
            lambda writing: writing.update_where(SHIP, where(id="a"), values),
        ]

        for attempt in attempts:
            with here.unchanged(), pytest.raises(ValueError, match=r"."), here.write() as writing:
                attempt(writing)
