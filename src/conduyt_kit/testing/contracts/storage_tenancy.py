"""Contract: workspaces never meet, and only `locate` reads without one."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from conduyt_kit.kernel.errors import ReferenceViolation, SpecError
from conduyt_kit.kernel.query import EVERYTHING, Aggregate, Measure, Related, query, where
from conduyt_kit.kernel.transactions import Storage, Transaction
from conduyt_kit.testing.contracts.storage_entities import CALL, EPOCH, FULL_SHIP, PORT, SHIP, VOYAGE, Call, Port, Ship, Voyage
from conduyt_kit.testing.contracts.storage_workspace import Workspace

SAME_IDS = (
    Port(id="p", name="Port"),
    Ship(id="s", home_id="p", registry="R", crew=1),
    Voyage(id="v", ship_id="s", number=1),
    Call(ship_id="s", port_id="p"),
)

ALTERED: dict[str, Callable[[Transaction], Any]] = {
    "update": lambda tx: tx.update(SHIP, "s", {"crew": 99}),
    "update_where": lambda tx: tx.update_where(SHIP, EVERYTHING, {"crew": 99}),
    "update_where through a relation": lambda tx: tx.update_where(SHIP, Related("ports", where(id="p")), {"crew": 99}),
    "delete": lambda tx: (tx.delete(CALL, [("s", "p")]), tx.delete(VOYAGE, ["v"]), tx.delete(SHIP, ["s"]), tx.delete(PORT, ["p"])),
    "delete_where": lambda tx: [tx.delete_where(spec, EVERYTHING) for spec in (CALL, VOYAGE, SHIP, PORT)],
    "upsert": lambda tx: tx.upsert(SHIP, Ship(id="x", registry="R", crew=99), by=["registry"], update=["crew"]),
    "upsert by key": lambda tx: tx.upsert(SHIP, Ship(id="s", crew=99), by=["id"], update=["crew"]),
    "insert_missing": lambda tx: tx.insert_missing(PORT, [Port(id="q", name="Q"), Port(id="p", name="again")]),
}


class Tenancy:
    """The same ids in two workspaces never meet."""

    @pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
    def test_a_change_stays_in_its_workspace(self, here: Workspace, elsewhere: Workspace, change: Callable[[Transaction], Any]) -> None:
        here.put(*SAME_IDS)
        elsewhere.put(*SAME_IDS)
        before = here.everything()

        with elsewhere.unchanged(), here.write() as writing:
            change(writing)

        assert here.everything() != before

    def test_a_change_finds_nothing_of_another_workspace(self, here: Workspace, elsewhere: Workspace) -> None:
        elsewhere.put(*SAME_IDS)

        with elsewhere.unchanged(), here.unchanged(), here.write() as writing:
            assert not writing.update(SHIP, "s", {"crew": 99})
            assert writing.update_where(SHIP, where(id="s"), {"crew": 99}) == 0
            assert writing.delete(SHIP, ["s"]) == 0
            assert writing.delete(CALL, [("s", "p")]) == 0
            assert writing.delete_where(VOYAGE, EVERYTHING) == 0
            assert writing.get(SHIP, "s", lock=True) is None

    def test_reads_find_nothing_of_another_workspace(self, here: Workspace, elsewhere: Workspace) -> None:
        elsewhere.put(*SAME_IDS)

        with here.read() as reading:
            assert reading.get(SHIP, "s") is None
            assert reading.get(CALL, ("s", "p")) is None
            assert reading.get_many(SHIP, ["s"]) == {}
            assert reading.find(SHIP, query(SHIP, total=True, limit=1)).total == 0
            assert reading.find(SHIP, query(SHIP, search="ship", total=True)).total == 0
            assert reading.find(SHIP, query(SHIP, after=(EPOCH.replace(year=2028), "z"))).items == ()
            assert reading.count(SHIP, EVERYTHING) == 0
            assert reading.count(PORT, EVERYTHING, "port") == 0
            assert reading.aggregate(SHIP, Aggregate(measures=(Measure(name="n"),)))[0].values == {"n": 0}
            assert reading.aggregate(SHIP, Aggregate(measures=(Measure(name="n"),), group_by=("crew",))) == ()

    def test_relations_includes_and_counts_stay_in_the_workspace(self, here: Workspace, elsewhere: Workspace) -> None:
        here.put(Port(id="p", name="Here"), Ship(id="s", home_id="p", name="Here"))
        elsewhere.put(*SAME_IDS, Ship(id="t", home_id="p"), Call(ship_id="t", port_id="p"))

        (port,) = here.find(PORT, include=["ships", "callers"], counts=["ships", "callers"]).items
        (ship,) = here.find(SHIP, include=["voyages", "ports", "home_id"], counts=["voyages", "ports"]).items

        assert (port.related, port.counts) == ({"ships": (ship.record,), "callers": ()}, {"ships": 1, "callers": 0})
        assert (ship.related, ship.counts) == ({"voyages": (), "ports": (), "home_id": port.record}, {"voyages": 0, "ports": 0})
        assert here.ids(SHIP, Related("voyages", EVERYTHING)) == here.ids(SHIP, Related("ports", EVERYTHING)) == []

    def test_a_link_does_not_reach_a_record_of_the_same_id_elsewhere(self, here: Workspace, elsewhere: Workspace) -> None:
        here.put(Ship(id="s"), Port(id="p", name="closed"), Call(ship_id="s", port_id="p"))
        elsewhere.put(Ship(id="s"), Port(id="p", name="open"))

        assert here.ids(SHIP, Related("ports", where(name="open"))) == []
        assert elsewhere.ids(SHIP, Related("ports", EVERYTHING)) == []

    def test_a_reference_to_a_record_of_another_workspace_is_refused(self, here: Workspace, elsewhere: Workspace) -> None:
        elsewhere.put(*SAME_IDS)
        here.put(Ship(id="mine"))
        attempts: list[Callable[[Transaction], Any]] = [
            lambda tx: tx.insert([(SHIP, Ship(id="new", home_id="p"))]),
            lambda tx: tx.insert([(VOYAGE, Voyage(id="w", ship_id="s", number=1))]),
            lambda tx: tx.insert_missing(CALL, [Call(ship_id="mine", port_id="p")]),
            lambda tx: tx.update(SHIP, "mine", {"home_id": "p"}),
            lambda tx: tx.update_where(SHIP, EVERYTHING, {"home_id": "p"}),
            lambda tx: tx.upsert(SHIP, Ship(id="mine", home_id="p"), by=["id"], update=["home_id"]),
        ]

        for attempt in attempts:
            with elsewhere.unchanged(), here.unchanged(), pytest.raises(ReferenceViolation), here.write() as writing:
                attempt(writing)

    def test_references_of_another_workspace_do_not_hinder_a_deletion(self, here: Workspace, elsewhere: Workspace) -> None:
        elsewhere.put(*SAME_IDS)
        here.put(Port(id="p", name="P"))

        with elsewhere.unchanged(), here.write() as writing:
            assert writing.delete(PORT, ["p"]) == 1

    def test_unique_values_may_repeat_in_another_workspace(self, here: Workspace, elsewhere: Workspace) -> None:
        elsewhere.put(*SAME_IDS)

        with here.write() as writing:
            _, inserted = writing.upsert(SHIP, Ship(id="s", registry="R"), by=["registry"], update=["name"])

        assert inserted

    @pytest.mark.parametrize("suffix", ["'", '"', "%", "_", "ä", " ", ";--", "/..", "\\"])
    def test_workspace_names_are_any_text(self, here: Workspace, suffix: str) -> None:
        odd = Workspace(here.storage, here.name + suffix)
        here.put(Port(id="a", name="here"))
        odd.put(Port(id="a", name="odd"))

        assert odd.find(PORT, total=True).records == (Port(id="a", name="odd"),)
        assert here.find(PORT, total=True).records == (Port(id="a", name="here"),)
        assert odd.total(PORT) == here.total(PORT) == 1


class Locating:
    """The only read without a workspace."""

    def test_a_record_is_located_with_its_workspace(self, here: Workspace, elsewhere: Workspace) -> None:
        secret = f"hash of {here.name}"
        mine = attrs.evolve(FULL_SHIP, secret_hash=secret)
        theirs = Ship(id="full", secret_hash=secret)
        here.put(mine, Ship(id="other", secret_hash=f"{secret} other"), Ship(id="none"))
        elsewhere.put(theirs)

        found = here.storage.locate(SHIP, "secret_hash", secret)

        assert {(located.workspace, located.record.name) for located in found} == {(here.name, mine.name), (elsewhere.name, theirs.name)}
        assert [located.record for located in found if located.workspace == here.name] == [mine]
        assert [located.record for located in found if located.workspace == elsewhere.name] == [theirs]

    def test_what_is_not_there_any_more_or_not_yet_is_not_located(self, here: Workspace) -> None:
        secret = f"hash of {here.name}"
        transaction = here.begin()
        transaction.insert([(SHIP, Ship(id="a", secret_hash=secret))])
        uncommitted = here.storage.locate(SHIP, "secret_hash", secret)
        transaction.commit()
        committed = here.storage.locate(SHIP, "secret_hash", secret)
        with here.write() as writing:
            writing.update(SHIP, "a", {"secret_hash": None})

        assert uncommitted == ()
        assert len(committed) == 1
        assert here.storage.locate(SHIP, "secret_hash", secret) == ()

    @pytest.mark.parametrize("field", ["name", "id", "nothing"])
    def test_only_declared_locators_are_looked_up(self, storage: Storage, field: str) -> None:
        with pytest.raises(SpecError):
            storage.locate(SHIP, field, "x")
