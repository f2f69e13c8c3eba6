"""Contract: records come back as they went in."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from conduyt_kit.kernel.query import Compare, Op, where
from conduyt_kit.testing.contracts.storage_entities import (
    CALL,
    EMPTY_SHIP,
    EPOCH,
    FULL_SHIP,
    PORT,
    SHIP,
    VOYAGE,
    Call,
    Engine,
    Port,
    Ship,
    Voyage,
)
from conduyt_kit.testing.contracts.storage_workspace import Workspace


class RoundTrips:
    """What is stored comes back equal and of the same types."""

    @pytest.mark.parametrize("ship", [FULL_SHIP, EMPTY_SHIP], ids=lambda ship: ship.id)
    def test_every_field_type_round_trips(self, here: Workspace, ship: Ship) -> None:
        here.put(ship)

        assert here.get(SHIP, ship.id) == ship
        assert here.find(SHIP).records == (ship,)

    def test_values_keep_their_types(self, here: Workspace) -> None:
        here.put(FULL_SHIP)

        found = here.get(SHIP, "full")

        assert found is not None
        for name in SHIP.by_name:
            assert type(getattr(found, name)) is type(getattr(FULL_SHIP, name)), name
        assert isinstance(found.engines[0], Engine)
        assert isinstance(found.engines[0].weight, Decimal)

    def test_decimals_come_back_with_the_places_of_their_field(self, here: Workspace) -> None:
        here.put(Ship(id="a", price=Decimal("1.5"), fee=Decimal(-2)))

        found = here.get(SHIP, "a")

        assert found is not None
        assert (str(found.price), str(found.fee)) == ("1.50", "-2.0000")

    def test_timestamps_of_other_zones_come_back_in_utc(self, here: Workspace) -> None:
        here.put(Ship(id="a", seen_at=EPOCH.astimezone(dt.timezone(dt.timedelta(hours=-5, minutes=-30)))))

        found = here.get(SHIP, "a")

        assert found is not None
        assert found.seen_at == EPOCH
        assert found.seen_at.utcoffset() == dt.timedelta(0)

    def test_whole_seconds_and_microseconds_sort_and_compare_together(self, here: Workspace) -> None:
        second = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
        here.put(
            Ship(id="b", seen_at=second + dt.timedelta(microseconds=1)),
            Ship(id="a", seen_at=second),
            Ship(id="c", seen_at=second + dt.timedelta(seconds=1)),
        )

        assert here.ids(SHIP, sort=["seen_at"]) == ["a", "b", "c"]
        assert here.ids(SHIP, Compare("seen_at", Op.GT, second)) == ["b", "c"]

    @pytest.mark.parametrize("value", [None, "text", 0, 1.5, False, [], {}, [None, [1]], {"a": {"b": None}}], ids=repr)
    def test_any_json_value_round_trips(self, here: Workspace, value: Any) -> None:
        here.put(Ship(id="a", anything=value))

        found = here.get(SHIP, "a")

        assert found is not None
        assert found.anything == value
        assert type(found.anything) is type(value)

    def test_null_and_empty_json_differ(self, here: Workspace) -> None:
        here.put(Ship(id="a"), Ship(id="b", spare=Engine(maker="")))

        assert here.ids(SHIP, where(spare=None)) == ["a"]

    def test_later_changes_to_a_passed_or_returned_object_change_nothing_stored(self, here: Workspace) -> None:
        labels, extra = ["one"], {"list": [1]}
        here.put(Ship(id="a", labels=labels, extra=extra))
        labels.append("two")
        extra["list"].append(2)

        found = here.get(SHIP, "a")
        assert found is not None
        found.labels.append("three")
        found.extra["list"].append(3)

        assert here.get(SHIP, "a") == Ship(id="a", labels=["one"], extra={"list": [1]})
        assert here.find(SHIP).records == (Ship(id="a", labels=["one"], extra={"list": [1]}),)

    def test_long_texts_round_trip(self, here: Workspace) -> None:
        text = "Ålesund 🚢\n" * 50_000
        here.put(Ship(id="a"), Voyage(id="v", ship_id="a", number=1, log=text))

        found = here.get(VOYAGE, "v")

        assert found is not None
        assert found.log == text

    @pytest.mark.parametrize("id", ["", " ", "a'b\"c", "ä", "a" * 500, "%", "a/b?c", "🚢"], ids=lambda text: text[:10])
    def test_ids_are_any_text(self, here: Workspace, id: str) -> None:
        here.put(Port(id=id, name="odd"), Port(id=id + "x", name="other"), Ship(id="s", home_id=id))

        assert here.get(PORT, id) == Port(id=id, name="odd")
        assert here.ids(PORT, where(id=id)) == [id]
        assert here.ids(SHIP, where(home_id=id)) == ["s"]

    def test_ids_differ_by_case_and_by_composition(self, here: Workspace) -> None:
        composed, decomposed = "\u00e9", "e\u0301"
        here.put(*(Port(id=name, name=name) for name in ("a", "A", composed, decomposed)))

        assert here.count(PORT) == 4
        assert here.get(PORT, composed) == Port(id=composed, name=composed)
        assert here.ids(PORT, where(name="A")) == ["A"]

    def test_an_unknown_id_gives_none(self, here: Workspace) -> None:
        assert here.get(SHIP, "nobody") is None

    def test_a_link_is_read_by_its_key(self, here: Workspace) -> None:
        here.put(Ship(id="s"), Port(id="p", name="P"), Call(ship_id="s", port_id="p", at=EPOCH))

        assert here.get(CALL, ("s", "p")) == Call(ship_id="s", port_id="p", at=EPOCH)
        assert here.get(CALL, ("p", "s")) is None

    def test_get_many_takes_any_number_of_ids(self, here: Workspace) -> None:
        here.put(*(Port(id=f"p{n}", name=str(n)) for n in range(50)))

        with here.read() as reading:
            found = reading.get_many(PORT, [f"p{n}" for n in range(10_000)] + ["p1", "p1"])
            none = reading.get_many(PORT, [])

        assert found == {f"p{n}": Port(id=f"p{n}", name=str(n)) for n in range(50)}
        assert none == {}

    def test_in_takes_any_number_of_values(self, here: Workspace) -> None:
        here.put(*(Port(id=f"p{n}", name=str(n)) for n in range(3)))

        assert here.ids(PORT, Compare("id", Op.IN, [f"p{n}" for n in range(1, 10_000)])) == ["p1", "p2"]
