"""Contract: rules of uniqueness and reference hold on every way in, and a refused change leaves no trace."""

from collections.abc import Callable
from typing import Any

import pytest

from conduyt_kit.kernel.errors import ReferenceViolation, UniqueViolation
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.transactions import Transaction
from conduyt_kit.testing.contracts.storage_entities import PORT, SHIP, VOYAGE, Call, Port, Ship, Voyage
from conduyt_kit.testing.contracts.storage_workspace import Workspace, in_threads

Attempt = Callable[[Transaction], Any]


def innocent(transaction: Transaction) -> None:
    transaction.insert([(PORT, Port(id="before", name="rolled back as well"))])


REPEATED_REGISTRY: dict[str, Attempt] = {
    "insert": lambda tx: tx.insert([(PORT, Port(id="new", name="N")), (SHIP, Ship(id="c", registry="A"))]),
    "insert twice in a batch": lambda tx: tx.insert([(SHIP, Ship(id="c", registry="C")), (SHIP, Ship(id="d", registry="C"))]),
    "insert_missing": lambda tx: tx.insert_missing(SHIP, [Ship(id="c", registry="A")]),
    "upsert": lambda tx: tx.upsert(SHIP, Ship(id="c", registry="A"), by=["id"], update=["registry"]),
    "upsert of an existing row": lambda tx: tx.upsert(SHIP, Ship(id="b", registry="A"), by=["id"], update=["registry"]),
    "update": lambda tx: tx.update(SHIP, "b", {"registry": "A"}),
    "update_where": lambda tx: tx.update_where(SHIP, where(active=True), {"registry": "Z"}),
}

MISSING_PORT: dict[str, Attempt] = {
    "insert": lambda tx: tx.insert([(SHIP, Ship(id="c", home_id="nowhere"))]),
    "insert_missing": lambda tx: tx.insert_missing(SHIP, [Ship(id="c", home_id="nowhere")]),
    "upsert": lambda tx: tx.upsert(SHIP, Ship(id="c", home_id="nowhere"), by=["id"], update=["home_id"]),
    "upsert of an existing row": lambda tx: tx.upsert(SHIP, Ship(id="a", home_id="nowhere"), by=["id"], update=["home_id"]),
    "update": lambda tx: tx.update(SHIP, "a", {"home_id": "nowhere"}),
    "update_where": lambda tx: tx.update_where(SHIP, where(id="a"), {"home_id": "nowhere"}),
}


class Uniqueness:
    """Keys, unique rules and partial unique rules."""

    @pytest.mark.parametrize("attempt", REPEATED_REGISTRY.values(), ids=REPEATED_REGISTRY)
    def test_a_repeated_unique_value_is_refused(self, here: Workspace, attempt: Attempt) -> None:
        here.put(Ship(id="a", registry="A"), Ship(id="b", registry="B"))

        with here.unchanged(), pytest.raises(UniqueViolation) as caught:
            here.do(innocent, attempt)

        assert (caught.value.entity, caught.value.fields) == ("ship", ("registry",))

    def test_a_repeated_id_is_refused(self, here: Workspace) -> None:
        here.put(Port(id="a", name="A"))

        with here.unchanged(), pytest.raises(UniqueViolation) as caught:
            here.put(Port(id="b", name="B"), Port(id="a", name="again"))

        assert (caught.value.entity, caught.value.fields) == ("port", ("id",))

    def test_a_repeated_link_is_refused(self, here: Workspace) -> None:
        here.put(Ship(id="s"), Port(id="p", name="P"), Call(ship_id="s", port_id="p"))

        with here.unchanged(), pytest.raises(UniqueViolation) as caught:
            here.put(Call(ship_id="s", port_id="p"))

        assert (caught.value.entity, caught.value.fields) == ("call", ("ship_id", "port_id"))

    def test_a_rule_over_several_fields_needs_all_of_them_equal(self, here: Workspace) -> None:
        here.put(Ship(id="s"), Ship(id="t"), Voyage(id="1", ship_id="s", number=1), Voyage(id="2", ship_id="t", number=1))

        with here.unchanged(), pytest.raises(UniqueViolation) as caught:
            here.put(Voyage(id="3", ship_id="s", number=1))

        assert (caught.value.entity, caught.value.fields) == ("voyage", ("ship_id", "number"))

    def test_nulls_are_exempt(self, here: Workspace) -> None:
        here.put(Ship(id="a"), Ship(id="b"), Port(id="p", name="P"))
        here.put(
            *(Ship(id=name, status="docked", home_id="p") for name in "cd"), *(Ship(id=name, status="docked", berth="1") for name in "ef")
        )

        assert here.count(SHIP) == 6

    def test_unique_values_differ_by_case(self, here: Workspace) -> None:
        here.put(Ship(id="a", registry="x"), Ship(id="b", registry="X"), Ship(id="c", registry="x "))

        assert here.count(SHIP) == 3

    def test_a_partial_rule_holds_only_where_it_says(self, here: Workspace) -> None:
        here.put(Port(id="p", name="P"), Ship(id="a", status="docked", home_id="p", berth="1"))
        here.put(Ship(id="b", status="at_sea", home_id="p", berth="1"), Ship(id="c", status="at_sea", home_id="p", berth="1"))

        with here.unchanged(), pytest.raises(UniqueViolation) as caught:
            here.put(Ship(id="d", status="docked", home_id="p", berth="1"))

        assert (caught.value.entity, caught.value.fields) == ("ship", ("home_id", "berth"))

    def test_a_row_may_move_into_and_out_of_a_partial_rule(self, here: Workspace) -> None:
        docked, sailing = Ship(id="a", status="docked", home_id="p", berth="1"), Ship(id="b", status="at_sea", home_id="p", berth="1")
        here.put(Port(id="p", name="P"), docked, sailing)

        with here.unchanged(), pytest.raises(UniqueViolation), here.write() as writing:
            writing.update(SHIP, "b", {"status": "docked"})
        with here.write() as writing:
            writing.update(SHIP, "a", {"status": "at_sea"})
            writing.update(SHIP, "b", {"status": "docked"})

        assert here.ids(SHIP, where(status="docked")) == ["b"]

    def test_a_unique_value_is_free_again_after_update_or_delete(self, here: Workspace) -> None:
        here.put(Ship(id="a", registry="A"), Ship(id="b", registry="B"))

        with here.write() as writing:
            writing.update(SHIP, "a", {"registry": "C"})
            writing.delete(SHIP, ["b"])
            writing.insert([(SHIP, Ship(id="d", registry="A")), (SHIP, Ship(id="e", registry="B"))])

        assert here.ids(SHIP) == ["a", "d", "e"]

    def test_a_row_may_keep_its_own_unique_value(self, here: Workspace) -> None:
        here.put(Ship(id="a", registry="A"))

        with here.write() as writing:
            assert writing.update(SHIP, "a", {"registry": "A", "name": "N"})
            assert writing.update_where(SHIP, where(id="a"), {"registry": "A"}) == 1

        assert here.get(SHIP, "a") == Ship(id="a", registry="A", name="N")

    def test_one_of_eight_simultaneous_inserts_wins(self, here: Workspace) -> None:
        def insert(number: int) -> bool:
            try:
                here.put(Ship(id=f"s{number}", registry="R"))
            except UniqueViolation:
                return False
            return True

        won = in_threads(8, insert)

        assert won.count(True) == 1
        assert here.ids(SHIP) == [f"s{won.index(True)}"]
        assert here.total(SHIP) == 1


class References:
    """References point at something in the workspace, always."""

    @pytest.mark.parametrize("attempt", MISSING_PORT.values(), ids=MISSING_PORT)
    def test_a_reference_to_nothing_is_refused(self, here: Workspace, attempt: Attempt) -> None:
        here.put(Ship(id="a"))

        with here.unchanged(), pytest.raises(ReferenceViolation) as caught:
            here.do(innocent, attempt)

        assert (caught.value.entity, caught.value.field) == ("ship", "home_id")

    @pytest.mark.parametrize(("call", "field"), [(Call(ship_id="s", port_id="x"), "port_id"), (Call(ship_id="x", port_id="p"), "ship_id")])
    def test_the_violation_names_the_field_that_points_at_nothing(self, here: Workspace, call: Call, field: str) -> None:
        here.put(Ship(id="s"), Port(id="p", name="P"))

        with here.unchanged(), pytest.raises(ReferenceViolation) as caught:
            here.put(call)

        assert (caught.value.entity, caught.value.field) == ("call", field)

    def test_a_record_may_refer_to_one_of_the_same_transaction(self, here: Workspace) -> None:
        with here.write() as writing:
            writing.insert([(PORT, Port(id="p", name="P"))])
            writing.insert([(SHIP, Ship(id="a", home_id="p"))])

        assert here.ids(SHIP, where(home_id="p")) == ["a"]

    def test_references_to_entities_that_are_not_there_are_not_checked(self, here: Workspace) -> None:
        here.put(Ship(id="a"), Voyage(id="v", ship_id="a", number=1, form_id="form_1"))

        assert here.ids(VOYAGE, where(form_id="form_1")) == ["v"]

    @pytest.mark.parametrize(
        "referring", [Ship(id="s", home_id="p"), Port(id="q", name="Q", parent_id="p")], ids=["other entity", "own entity"]
    )
    def test_a_record_that_is_referred_to_cannot_be_deleted(self, here: Workspace, referring: Any) -> None:
        here.put(Port(id="p", name="P"), Port(id="free", name="F"), referring)
        attempts: list[Attempt] = [lambda tx: tx.delete(PORT, ["free", "p"]), lambda tx: tx.delete_where(PORT, where(name="P"))]

        for attempt in attempts:
            with here.unchanged(), pytest.raises(ReferenceViolation):
                here.do(innocent, attempt)

    def test_a_record_can_be_deleted_once_nothing_refers_to_it(self, here: Workspace) -> None:
        here.put(Port(id="p", name="P"), Port(id="q", name="Q"), Ship(id="s", home_id="p"), Ship(id="t", home_id="p"))

        with here.write() as writing:
            writing.update(SHIP, "s", {"home_id": "q"})
            writing.delete(SHIP, ["t"])
            assert writing.delete(PORT, ["p"]) == 1

        assert here.ids(PORT) == ["q"]

    def test_records_that_refer_to_each_other_go_together(self, here: Workspace) -> None:
        here.put(Port(id="a", name="A", parent_id="a"), Port(id="b", name="B", parent_id="a"), Port(id="c", name="C", parent_id="b"))

        with here.write() as writing:
            assert writing.delete(PORT, ["b", "a", "c"]) == 3

        assert here.count(PORT) == 0

    def test_no_reference_is_left_hanging_when_both_sides_change_at_once(self, here: Workspace) -> None:
        rounds = 5
        here.put(*(Port(id=f"p{n}", name="P") for n in range(rounds)))

        def race(side: int) -> None:
            for number in range(rounds):
                try:
                    if side:
                        here.put(Ship(id=f"s{number}", home_id=f"p{number}"))
                    else:
                        with here.write() as writing:
                            writing.delete(PORT, [f"p{number}"])
                except ReferenceViolation:
                    continue

        in_threads(2, race)

        assert {ship.home_id for ship in here.find(SHIP).records} == set(here.ids(PORT))
        assert here.count(PORT) == here.count(SHIP)
