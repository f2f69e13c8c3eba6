import decimal
import shutil
import threading
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa

from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.errors import ReferenceViolation, StorageUnavailable, UniqueViolation
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.jobs import JOB
from conduyt_kit.kernel.query import EVERYTHING, query
from conduyt_sqlalchemy import SqlStorage, create_tables, pending, upgrade
from conduyt_sqlalchemy.derived import NO_TRIGRAM
from conduyt_sqlalchemy.engine import migration_engine
from conduyt_sqlalchemy.owners import KIT_MIGRATIONS
from conduyt_sqlalchemy.revise import revise

from .entities import BOAT, CRATE, HARBOUR, QUAY, Boat, Crate, Quay

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@attrs.frozen(kw_only=True)
class Van:
    id: str
    name: str


@attrs.frozen(kw_only=True)
class PaintedVan(Van):
    colour: str | None = None


@attrs.frozen(kw_only=True)
class HeavyVan(Van):
    weight: int


@attrs.frozen(kw_only=True)
class FilledVan(Van):
    seats: int = 3
    motto: str = 'It\'s a "van"'
    price: decimal.Decimal = attrs.field(default=decimal.Decimal("12.5"), metadata=stored(places=2))
    speed: float = 0.5
    electric: bool = False
    open: bool = True
    tags: list[str] = attrs.field(factory=list)
    extra: dict[str, Any] = attrs.field(factory=dict)
    stops: tuple[str, ...] = ()


VAN: EntitySpec[Van] = entity(Van, name="van")
PAINTED: EntitySpec[PaintedVan] = entity(
    PaintedVan,
    name="van",
    unique=[Unique(fields=("name",), field="name", message="taken")],
    indexes=[("-colour",)],
    search=[("name", "colour")],
)
FILLED: EntitySpec[FilledVan] = entity(FilledVan, name="van")
HEAVY: EntitySpec[HeavyVan] = entity(HeavyVan, name="van")


def put(storage: SqlStorage, spec: EntitySpec[Any], *records: Any) -> None:
    transaction = storage.begin("w", write=True)
    try:
        transaction.insert([(spec, record) for record in records])
        transaction.commit()
    finally:
        transaction.rollback()


def found(storage: SqlStorage, spec: EntitySpec[Any], text: str | None = None) -> list[str]:
    reading = storage.begin("w", write=False)
    try:
        return sorted(record.id for record in reading.find(spec, query(spec, search=text)).records)
    finally:
        reading.rollback()


def tables(storage: SqlStorage) -> set[str]:
    engine = migration_engine(storage.options)
    try:
        with engine.connect() as connection:
            return set(sa.inspect(connection).get_table_names())
    finally:
        engine.dispose()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    directory = tmp_path / "revisions"
    shutil.copytree(KIT_MIGRATIONS, directory, ignore=shutil.ignore_patterns("versions"))
    return directory


def test_an_upgraded_database_has_nothing_pending(make_storage: Any) -> None:
    storage = make_storage(HARBOUR)

    assert pending(storage, {"harbour": HARBOUR}) == []
    assert all(notice.startswith(NO_TRIGRAM) for notice in upgrade(storage, {"harbour": HARBOUR}))
    storage.check()
    storage.close()


def test_pending_names_what_is_missing(make_storage: Any) -> None:
    storage = make_storage([VAN])

    assert {"column van.colour", "column van.search_text", "index uq_van_name", "search texts of van"} <= set(
        pending(storage, {"plugin": [PAINTED]})
    )
    storage.close()


def test_an_entity_without_revisions_grows_by_what_it_gained(make_storage: Any) -> None:
    storage = make_storage([VAN])
    put(storage, VAN, Van(id="old", name="Old"))

    create_tables(storage, [PAINTED])
    storage.prepare([PAINTED])
    put(storage, PAINTED, PaintedVan(id="new", name="New", colour="red"))

    assert found(storage, PAINTED, "new red") == ["new"]
    assert found(storage, PAINTED, "old") == ["old"]
    with pytest.raises(UniqueViolation):
        put(storage, PAINTED, PaintedVan(id="third", name="Old"))
    storage.close()


def test_rows_that_exist_get_the_defaults_of_new_fields(make_storage: Any) -> None:
    storage = make_storage([VAN])
    put(storage, VAN, Van(id="old", name="Old"))

    create_tables(storage, [FILLED])
    storage.prepare([FILLED])
    reading = storage.begin("w", write=False)

    assert reading.get(FILLED, "old") == FilledVan(id="old", name="Old")
    reading.rollback()
    storage.close()


def test_a_new_field_that_rows_cannot_fill_is_refused_and_nothing_changes(make_storage: Any) -> None:
    storage = make_storage([VAN])
    put(storage, VAN, Van(id="old", name="Old"))
    before = tables(storage)

    with pytest.raises(StorageUnavailable, match="needs a value in rows that exist"):
        upgrade(storage, {"other": HARBOUR, "plugin": [HEAVY]})

    assert tables(storage) == before
    assert found(storage, VAN) == ["old"]
    storage.close()


def test_entities_that_refer_to_each_other_are_held_to_it(make_storage: Any) -> None:
    storage = make_storage(HARBOUR)
    put(storage, QUAY, Quay(id="q", name="Q"))
    put(storage, BOAT, Boat(id="b", name="B", quay_id="q"))

    for spec, record in ((BOAT, Boat(id="x", name="X", quay_id="none")), (QUAY, Quay(id="x", name="X", master_id="none"))):
        with pytest.raises(ReferenceViolation) as refused:
            put(storage, spec, record)
        assert refused.value.entity == spec.name
    assert (found(storage, BOAT), found(storage, QUAY)) == (["b"], ["q"])
    storage.close()


def test_several_processes_may_upgrade_at_once(make_storage: Any) -> None:
    storage = make_storage([])
    failures: list[BaseException] = []

    def work() -> None:
        try:
            upgrade(SqlStorage(storage.options.url), {"harbour": HARBOUR})
        except StorageUnavailable as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert pending(storage, {"harbour": HARBOUR}) == []
    storage.close()


def test_rows_that_were_not_counted_before_are_counted_by_the_upgrade(make_storage: Any) -> None:
    uncounted = attrs.evolve(QUAY, counted=False)
    storage = make_storage([BOAT, uncounted])
    put(storage, uncounted, Quay(id="q", name="Q"))

    create_tables(storage, [BOAT, QUAY])
    storage.prepare([BOAT, QUAY])
    reading = storage.begin("w", write=False)

    assert reading.count(QUAY, EVERYTHING) == 1
    reading.rollback()
    storage.close()


@pytest.mark.service
def test_the_order_of_an_index_is_the_order_that_pages_ask_for(make_postgres: Any) -> None:
    spec = entity(PaintedVan, name="van", sort=["-colour"])
    storage = make_postgres([spec])
    plan = _plan_of_page(storage, spec)

    assert any("Index Scan using ix_van_colour_desc_id_desc" in line for line in plan)
    assert not any("Sort" in line for line in plan)
    storage.close()


def _plan_of_page(storage: SqlStorage, spec: EntitySpec[Any]) -> list[str]:
    statements: list[str] = []
    storage._database.on_statement = statements.append
    transaction = storage.begin("w", write=True)
    transaction._session.execute("SET LOCAL enable_seqscan = off")
    transaction._session.execute("SET LOCAL enable_bitmapscan = off")
    transaction._session.execute("SET LOCAL enable_sort = off")
    transaction.find(spec, query(spec, limit=5))
    plan = transaction._session.rows(f"EXPLAIN {statements[-1]}", ("w",))
    transaction.rollback()
    return [row[0] for row in plan]


def test_revisions_made_from_entities_build_the_same_schema_on_both_databases(make_storage: Any, scripts: Path) -> None:
    first = revise({"harbour": HARBOUR}, {"harbour": scripts}, "harbour", "first")
    storage = make_storage([])

    assert first is not None
    assert "revision 0001 of harbour" in pending(storage, {"harbour": HARBOUR}, {"harbour": scripts})
    upgrade(storage, {"harbour": HARBOUR}, {"harbour": scripts})
    storage.prepare(HARBOUR)
    storage.check()
    assert pending(storage, {"harbour": HARBOUR}, {"harbour": scripts}) == []
    put(storage, QUAY, Quay(id="q", name="Q"))
    with pytest.raises(ReferenceViolation):
        put(storage, QUAY, Quay(id="x", name="X", master_id="none"))
    with pytest.raises(ReferenceViolation):
        put(storage, CRATE, Crate(id="x", boat_id="none"))
    storage.close()


def test_nothing_is_revised_when_nothing_has_changed(scripts: Path) -> None:
    revise({"harbour": HARBOUR}, {"harbour": scripts}, "harbour", "first")

    assert revise({"harbour": HARBOUR}, {"harbour": scripts}, "harbour", "second") is None
    assert len(list((scripts / "versions").glob("*.py"))) == 1


def test_the_first_revision_of_an_owner_makes_its_jobs_table_too(scripts: Path) -> None:
    first = revise({"kit": [VAN, JOB]}, {"kit": scripts}, "kit", "first")

    assert first is not None
    assert "op.create_table('job'" in first.read_text()
    assert revise({"kit": [VAN, JOB]}, {"kit": scripts}, "kit", "second") is None


def test_a_second_revision_extends_what_the_first_made(make_storage: Any, scripts: Path) -> None:
    revise({"vans": [VAN]}, {"vans": scripts}, "vans", "first")
    storage = make_storage([])
    upgrade(storage, {"vans": [VAN]}, {"vans": scripts})
    storage.prepare([VAN])
    put(storage, VAN, Van(id="old", name="Old"))

    revise({"vans": [PAINTED]}, {"vans": scripts}, "vans", "paint")
    upgrade(storage, {"vans": [PAINTED]}, {"vans": scripts})
    storage.prepare([PAINTED])

    assert found(storage, PAINTED, "old") == ["old"]
    with pytest.raises(UniqueViolation):
        put(storage, PAINTED, PaintedVan(id="third", name="Old"))
    storage.close()


def test_a_revision_that_fails_half_way_leaves_nothing_behind(make_storage: Any, scripts: Path) -> None:
    path = revise({"vans": [VAN]}, {"vans": scripts}, "vans", "first")
    assert path is not None
    broken = path.read_text().replace("def downgrade", '    op.execute("INSERT INTO nowhere VALUES (1)")\n\n\ndef downgrade')
    path.write_text(broken)
    storage = make_storage([])
    before = tables(storage)

    with pytest.raises((StorageUnavailable, sa.exc.ProgrammingError)):
        upgrade(storage, {"vans": [VAN]}, {"vans": scripts})

    assert tables(storage) == before
    storage.close()


def test_removing_a_plugin_leaves_the_others_upgradable(make_storage: Any, scripts: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(scripts, other)
    revise({"vans": [VAN]}, {"vans": scripts}, "vans", "first")
    revise({"harbour": HARBOUR}, {"harbour": other}, "harbour", "first")
    storage = make_storage([])
    upgrade(storage, {"vans": [VAN], "harbour": HARBOUR}, {"vans": scripts, "harbour": other})

    upgrade(storage, {"harbour": HARBOUR}, {"harbour": other})

    assert {"van", "boat"} <= tables(storage)
    storage.close()
