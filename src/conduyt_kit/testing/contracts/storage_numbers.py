"""Contract: totals, aggregates and sequences are exact, also under concurrency."""

import datetime as dt
from decimal import Decimal

import pytest

from conduyt_kit.kernel.query import EVERYTHING, Aggregate, Compare, Function, Measure, Op, Related, query, where
from conduyt_kit.kernel.transactions import Transaction
from conduyt_kit.testing.contracts.storage_entities import EPOCH, PORT, SHIP, VOYAGE, Port, Ship, Voyage
from conduyt_kit.testing.contracts.storage_workspace import Workspace, in_threads


class Totals:
    """Totals of counted and uncounted entities."""

    def test_totals_follow_every_kind_of_change(self, here: Workspace) -> None:
        here.put(*(Port(id=f"p{n}", name="P", depth=n) for n in range(6)))
        seen = [here.total(PORT)]
        with here.write() as writing:
            writing.delete(PORT, ["p0", "nobody"])
            seen.append(total_inside(writing))
            writing.delete_where(PORT, Compare("depth", Op.LT, 3))
            seen.append(total_inside(writing))
            writing.insert_missing(PORT, [Port(id="p3", name="P"), Port(id="new", name="N")])
            seen.append(total_inside(writing))
            writing.upsert(PORT, Port(id="p3", name="Q"), by=["id"], update=["name"])
            writing.upsert(PORT, Port(id="newer", name="Q"), by=["id"], update=["name"])
            seen.append(total_inside(writing))
            writing.update_where(PORT, EVERYTHING, {"depth": 0})
            seen.append(total_inside(writing))

        assert seen == [6, 5, 3, 4, 5, 5]
        assert here.total(PORT) == here.count(PORT) == 5

    def test_totals_forget_what_was_rolled_back(self, here: Workspace) -> None:
        here.put(Port(id="a", name="A"), Port(id="b", name="B"))

        undone = here.begin()
        undone.insert([(PORT, Port(id="c", name="C"))])
        undone.delete(PORT, ["a"])
        undone.delete_where(PORT, where(id="b"))
        undone.rollback()

        assert here.total(PORT) == here.count(PORT) == 2

    def test_totals_are_per_entity_whether_counted_or_not(self, here: Workspace) -> None:
        here.put(Ship(id="s"), *(Voyage(id=f"v{n}", ship_id="s", number=n) for n in range(3)))

        assert (here.total(SHIP), here.total(VOYAGE), here.total(PORT)) == (1, 3, 0)

    def test_totals_are_exact_after_concurrent_writers(self, here: Workspace) -> None:
        def work(number: int) -> None:
            for turn in range(6):
                here.put(*(Port(id=f"{number}-{turn}-{n}", name="P") for n in range(3)))
                if turn % 2:
                    with here.write() as writing:
                        writing.delete(PORT, [f"{number}-{turn}-0", f"{number}-{turn}-1"])
                    undone = here.begin()
                    undone.insert([(PORT, Port(id=f"{number}-{turn}-undone", name="P"))])
                    undone.rollback()

        in_threads(4, work)

        assert here.total(PORT) == here.count(PORT) == len(here.ids(PORT)) == 4 * (6 * 3 - 3 * 2)


def total_inside(writing: Transaction) -> int | None:
    """Return the unfiltered total as the transaction itself sees it."""
    return writing.find(PORT, query(PORT, limit=1, total=True)).total


FLEET = (
    Port(id="p", name="P"),
    Ship(id="a", home_id="p", status="docked", price=Decimal("0.10"), fee=Decimal("0.0001"), crew=1, decks=2, speed=0.5, seen_at=EPOCH),
    Ship(id="b", home_id="p", status="at_sea", price=Decimal("0.20"), fee=None, crew=2, seen_at=EPOCH + dt.timedelta(days=1)),
    Ship(
        id="c",
        status="docked",
        price=Decimal("-1000000000.05"),
        fee=Decimal("-0.0002"),
        crew=3,
        decks=-1,
        speed=0.25,
        scrapped=dt.date(2020, 1, 1),
    ),
    Voyage(id="v", ship_id="a", number=1),
)


def _measures(*functions: tuple[str, Function, str | None]) -> tuple[Measure, ...]:
    return tuple(Measure(name=name, function=function, field=field) for name, function, field in functions)


class Aggregates:
    """Counts, sums, minima and maxima, by group and by condition."""

    def test_measures_of_every_kind_are_exact(self, here: Workspace) -> None:
        here.put(*FLEET)
        measures = _measures(
            ("n", Function.COUNT, None),
            ("price", Function.SUM, "price"),
            ("fee", Function.SUM, "fee"),
            ("crew", Function.SUM, "crew"),
            ("speed", Function.SUM, "speed"),
            ("cheapest", Function.MIN, "price"),
            ("fewest", Function.MIN, "decks"),
            ("most", Function.MAX, "decks"),
            ("fee_max", Function.MAX, "fee"),
            ("first", Function.MIN, "seen_at"),
            ("last", Function.MAX, "seen_at"),
            ("scrapped", Function.MAX, "scrapped"),
            ("last_id", Function.MAX, "id"),
        )

        with here.read() as reading:
            (group,) = reading.aggregate(SHIP, Aggregate(measures=measures))

        assert dict(group.by) == {}
        assert dict(group.values) == {
            "n": 3,
            "price": Decimal("-999999999.75"),
            "fee": Decimal("-0.0001"),
            "crew": 6,
            "speed": 0.75,
            "cheapest": Decimal("-1000000000.05"),
            "fewest": -1,
            "most": 2,
            "fee_max": Decimal("0.0001"),
            "first": EPOCH,
            "last": EPOCH + dt.timedelta(days=1),
            "scrapped": dt.date(2020, 1, 1),
            "last_id": "c",
        }
        assert isinstance(group.values["price"], Decimal)
        assert isinstance(group.values["crew"], int)

    def test_ten_times_ten_cents_are_one(self, here: Workspace) -> None:
        here.put(*(Ship(id=str(n), price=Decimal("0.10")) for n in range(10)))

        with here.read() as reading:
            (group,) = reading.aggregate(SHIP, Aggregate(measures=_measures(("sum", Function.SUM, "price"))))

        assert group.values["sum"] == Decimal(1)

    def test_sums_are_exact_beyond_what_one_row_could_hold(self, here: Workspace) -> None:
        largest = Decimal(2**63 - 1).scaleb(-2)
        here.put(*(Ship(id=str(n), price=largest, crew=2**63 - 1) for n in range(3)), Ship(id="less", price=-largest, crew=-5))

        with here.read() as reading:
            measures = _measures(("price", Function.SUM, "price"), ("crew", Function.SUM, "crew"))
            (group,) = reading.aggregate(SHIP, Aggregate(measures=measures))

        assert dict(group.values) == {"price": largest * 2, "crew": 3 * (2**63 - 1) - 5}

    def test_nothing_counts_and_sums_to_zero_and_has_no_minimum(self, here: Workspace) -> None:
        here.put(*FLEET)
        measures = _measures(
            ("n", Function.COUNT, None), ("sum", Function.SUM, "price"), ("min", Function.MIN, "price"), ("max", Function.MAX, "seen_at")
        )

        with here.read() as reading:
            (group,) = reading.aggregate(SHIP, Aggregate(measures=measures, where=where(id="nobody")))
            grouped = reading.aggregate(SHIP, Aggregate(measures=measures, where=where(id="nobody"), group_by=("status",)))

        assert dict(group.values) == {"n": 0, "sum": 0, "min": None, "max": None}
        assert isinstance(group.values["sum"], Decimal)
        assert grouped == ()

    def test_groups_take_nulls_as_a_value(self, here: Workspace) -> None:
        here.put(*FLEET)

        with here.read() as reading:
            groups = reading.aggregate(SHIP, Aggregate(measures=_measures(("crew", Function.SUM, "crew")), group_by=("home_id", "status")))

        found = {(group.by["home_id"], group.by["status"]): group.values["crew"] for group in groups}
        assert len(groups) == 3
        assert found == {("p", "docked"): 1, ("p", "at_sea"): 2, (None, "docked"): 3}

    @pytest.mark.parametrize("name", ["price", "fee", "active", "insured", "seen_at", "scrapped", "decks"])
    def test_groups_keep_the_type_of_the_field(self, here: Workspace, name: str) -> None:
        here.put(*FLEET)

        with here.read() as reading:
            groups = reading.aggregate(SHIP, Aggregate(measures=(Measure(name="n"),), group_by=(name,)))

        ships = [record for record in FLEET if isinstance(record, Ship)]
        expected = {getattr(ship, name) for ship in ships}
        assert {group.by[name] for group in groups} == expected
        assert {type(group.by[name]) for group in groups} == {type(value) for value in expected}
        assert sum(group.values["n"] for group in groups) == len(ships)

    def test_a_measure_may_count_only_some_rows_of_a_group(self, here: Workspace) -> None:
        here.put(*FLEET)
        measures = (
            Measure(name="all"),
            Measure(name="big", where=Compare("crew", Op.GT, 1)),
            Measure(name="docked", function=Function.SUM, field="price", where=where(status="docked")),
            Measure(name="travelled", where=Related("voyages", EVERYTHING)),
            Measure(name="longest", function=Function.MAX, field="crew", where=where(status="at_sea")),
        )

        with here.read() as reading:
            groups = reading.aggregate(SHIP, Aggregate(measures=measures, where=Compare("crew", Op.GE, 1), group_by=("home_id",)))

        assert {group.by["home_id"]: dict(group.values) for group in groups} == {
            "p": {"all": 2, "big": 1, "docked": Decimal("0.10"), "travelled": 1, "longest": 2},
            None: {"all": 1, "big": 1, "docked": Decimal("-1000000000.05"), "travelled": 0, "longest": None},
        }

    def test_aggregates_see_the_transactions_own_changes(self, here: Workspace) -> None:
        here.put(*FLEET)
        total = Aggregate(measures=_measures(("crew", Function.SUM, "crew")))

        with here.write() as writing:
            writing.update_where(SHIP, EVERYTHING, {"crew": 10})
            (group,) = writing.aggregate(SHIP, total)

        assert group.values["crew"] == 30


class Sequences:
    """Gap-free numbers."""

    def test_numbers_count_from_one_by_sequence_and_workspace(self, here: Workspace, elsewhere: Workspace) -> None:
        with here.write() as writing:
            first = [writing.next_number("invoice"), writing.next_number("invoice"), writing.next_number("credit note")]
        with here.write() as writing:
            second = writing.next_number("invoice")
        with elsewhere.write() as writing:
            other = writing.next_number("invoice")

        assert (first, second, other) == ([1, 2, 1], 3, 1)

    def test_a_rollback_gives_the_number_back(self, here: Workspace) -> None:
        with here.write() as writing:
            writing.next_number("invoice")
        undone = here.begin()
        assert [undone.next_number("invoice"), undone.next_number("new")] == [2, 1]
        undone.rollback()

        with here.write() as writing:
            assert [writing.next_number("invoice"), writing.next_number("new")] == [2, 1]

    def test_eight_threads_get_numbers_without_gap_or_repeat(self, here: Workspace) -> None:
        def work(number: int) -> list[int]:
            kept = []
            for turn in range(5):
                transaction = here.begin()
                drawn = transaction.next_number("invoice")
                if (number + turn) % 3 == 0:
                    transaction.rollback()
                else:
                    transaction.commit()
                    kept.append(drawn)
            return kept

        drawn = sorted(number for numbers in in_threads(8, work) for number in numbers)

        assert drawn == list(range(1, len(drawn) + 1))
        assert len(drawn) == sum((number + turn) % 3 != 0 for number in range(8) for turn in range(5))
