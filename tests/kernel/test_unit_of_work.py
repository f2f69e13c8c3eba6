import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from conduyt_kit import Kit, UnitOfWork
from conduyt_kit.kernel.audit import ACTIVITY, ACTIVITY_SUBJECT
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import Conflict, NotFound, SpecError, ValidationFailed
from conduyt_kit.kernel.events import AFTER, EVENT, INSIDE, Happened, Subscription
from conduyt_kit.kernel.jobs import JOB, JobSpec, NewJob
from conduyt_kit.kernel.query import EVERYTHING, where
from tests.kernel.conftest import NOW
from tests.kernel.fleet import DIARY, SAILOR, SHIP, SHIP_STAMP, STAMP, VOYAGE, Fleet, ShipStamp

Open = Callable[..., UnitOfWork]


def test_created_record_is_logged_and_told_in_the_same_commit(unit: Open) -> None:
    with unit() as u:
        ship = u[Fleet].launch("Aurora", launch_code="s3cret")

    with unit(write=False) as u:
        assert u.repository(SHIP).get(ship.id) == ship
        [entry] = u.repository(ACTIVITY).all()
        assert (entry.entity_type, entry.entity_id, entry.action, entry.changes) == ("ship", ship.id, "created", None)
        assert (entry.user_id, entry.user_name, entry.timestamp) == ("usr_1", "Ada Marsh", NOW)
        [event] = u.repository(EVENT).all()
        assert (event.name, event.entity_type, event.entity_id, event.actor_id) == ("ship.created", "ship", ship.id, "usr_1")
        assert event.data["name"] == "Aurora"
        assert event.data["createdAt"] == "2026-05-04T09:30:00Z"
        assert not {"launchCode", "nameKey"} & set(event.data)


def test_rolled_back_unit_leaves_nothing_but_shows_what_it_captured(unit: Open) -> None:
    u = unit()
    u[Fleet].launch("Aurora")
    u.rollback()

    assert [event.name for event in u.events] == ["ship.created"]
    assert [entry.action for entry in u.activities] == ["created"]
    specs: tuple[EntitySpec[Any], ...] = (SHIP, ACTIVITY, ACTIVITY_SUBJECT, EVENT, JOB)
    with unit(write=False) as after:
        for spec in specs:
            assert after.repository(spec).count() == 0


def test_exception_in_the_block_rolls_back(unit: Open) -> None:
    with pytest.raises(ZeroDivisionError), unit() as u:
        u[Fleet].launch("Aurora")
        1 / 0

    with unit(write=False) as after:
        assert after.repository(SHIP).count() == 0


def test_update_logs_only_what_changed_and_moves_updated_at(unit: Open, clock: Any) -> None:
    with unit() as u:
        ship = u[Fleet].launch("Aurora", tonnage=10)
    clock.advance(dt.timedelta(minutes=5))

    with unit() as u:
        ships = u.repository(SHIP)
        changed = ships.change(ships.get_for_update(ship.id), tonnage=12, kind="sail", launch_code="new")

    assert changed.updated_at == clock.now()
    with unit(write=False) as u:
        entry = u.repository(ACTIVITY).first_where(action="updated")
        assert entry is not None
        assert entry.changes == {"tonnage": {"from": 10, "to": 12}}
        event = u.repository(EVENT).first_where(name="ship.updated")
        assert event is not None
        assert event.data["changes"] == {"tonnage": {"from": 10, "to": 12}}


def test_update_that_changes_nothing_writes_nothing(unit: Open) -> None:
    with unit() as u:
        ship = u[Fleet].launch("Aurora", tonnage=10)

    with unit() as u:
        ships = u.repository(SHIP)
        assert ships.change(ships.get_for_update(ship.id), tonnage=10) == ship
        assert (u.activities, u.events) == ([], [])


def test_change_of_secret_fields_alone_is_stored_but_never_shown(unit: Open) -> None:
    with unit() as u:
        ship = u[Fleet].launch("Aurora", launch_code="one")

    with unit() as u:
        ships = u.repository(SHIP)
        ships.change(ships.get_for_update(ship.id), launch_code="two")
        assert (u.activities, u.events) == ([], [])

    with unit(write=False) as u:
        assert u.repository(SHIP).get(ship.id).launch_code == "two"


def test_broken_uniqueness_rule_names_the_input_field_and_changes_nothing(unit: Open) -> None:
    with unit() as u:
        u[Fleet].launch("Aurora")

    with pytest.raises(ValidationFailed) as refused, unit() as u:
        u[Fleet].launch("  AURORA ")

    assert [(d.field, d.message) for d in refused.value.details] == [("name", "A ship of this name exists")]
    with unit(write=False) as u:
        assert u.repository(SHIP).count() == 1
        assert u.repository(EVENT).count() == 1


def test_reference_to_nothing_names_the_input_field(unit: Open) -> None:
    with pytest.raises(ValidationFailed) as refused, unit() as u:
        u.repository(SAILOR).create(name="Finn", ship_id="ship_unknown")

    assert [detail.field for detail in refused.value.details] == ["shipId"]


def test_reference_into_another_workspace_is_refused(unit: Open) -> None:
    with unit("ws_a") as u:
        ship = u[Fleet].launch("Aurora")

    with pytest.raises(ValidationFailed), unit("ws_b") as u:
        u.repository(SAILOR).create(name="Finn", ship_id=ship.id)


def test_record_of_another_workspace_is_not_found(unit: Open) -> None:
    with unit("ws_a") as u:
        ship = u[Fleet].launch("Aurora")

    with unit("ws_b") as u:
        ships = u.repository(SHIP)
        with pytest.raises(NotFound):
            ships.get(ship.id)
        with pytest.raises(NotFound):
            ships.get_for_update(ship.id)
        with pytest.raises(NotFound):
            ships.load(ship.id)
        assert ships.get_many([ship.id]) == {}


def test_unit_without_a_workspace_is_an_error(kit: Kit) -> None:
    with pytest.raises(SpecError):
        kit.unit_of_work("")


def test_reading_unit_refuses_writes(unit: Open) -> None:
    u = unit(write=False)

    with pytest.raises(SpecError):
        u[Fleet].launch("Aurora")


def test_unit_is_useless_after_its_end(unit: Open) -> None:
    with unit() as u:
        u[Fleet].launch("Aurora")

    with pytest.raises(SpecError):
        u.repository(SHIP).count()
    with pytest.raises(SpecError):
        u[Fleet].launch("Boreas")


def test_service_of_a_feature_that_is_not_enabled_is_named(unit: Open) -> None:
    class Unknown:
        pass

    with pytest.raises(SpecError, match="Unknown"):
        unit()[Unknown]


def test_own_writes_are_seen_by_every_read(unit: Open) -> None:
    with unit() as u:
        ship = u[Fleet].launch("Aurora")
        ships = u.repository(SHIP)

        assert ships.find(ship.id) == ship
        assert ships.count() == 1
        assert ships.first_where(name="Aurora") == ship
        assert ships.get_for_update(ship.id) == ship


def test_alias_prefix_before_a_uuid_is_taken_off_and_other_ids_are_left_alone(unit: Open) -> None:
    plain, seeded = "550e8400-e29b-41d4-a716-446655440000", "vessel_8f14e45f"
    with unit() as u:
        u[Fleet].launch("Aurora", id=plain)
        u[Fleet].launch("Boreas", id=seeded)
        u.repository(SAILOR).create(name="Finn", ship_id="vessel_" + plain)

    with unit(write=False) as u:
        ships = u.repository(SHIP)
        assert ships.get("vessel_" + plain).id == plain
        assert ships.get(seeded).id == seeded
        assert set(ships.get_many(["vessel_" + plain, seeded, "no"])) == {"vessel_" + plain, seeded}
        assert u.repository(SAILOR).first_where(ship_id=plain) is not None


def test_delete_cascades_clears_and_logs_everything_it_touches(unit: Open) -> None:
    with unit() as u:
        ship, escort = u[Fleet].launch("Aurora"), u[Fleet].launch("Boreas")
        ships = u.repository(SHIP)
        ships.change(ships.get_for_update(escort.id), flagship_id=ship.id)
        sailor = u.repository(SAILOR).create(name="Finn", ship_id=ship.id)
        diary = u.repository(DIARY).create(sailor_id=sailor.id, text="calm")
        stamp = u.repository(STAMP).create(name="blue")
        u.repository(SHIP_STAMP).insert_missing([ShipStamp(ship_id=ship.id, stamp_id=stamp.id)])

    with unit() as u:
        ships = u.repository(SHIP)
        ships.remove(ships.get_for_update(ship.id))
        logged = {(entry.entity_type, entry.entity_id, entry.action) for entry in u.activities}

    assert logged == {
        ("ship", ship.id, "deleted"),
        ("sailor", sailor.id, "deleted"),
        ("diary", diary.id, "deleted"),
        ("ship", escort.id, "updated"),
    }
    dependent: tuple[EntitySpec[Any], ...] = (SAILOR, DIARY, SHIP_STAMP)
    with unit(write=False) as u:
        assert u.repository(SHIP).all() == (u.repository(SHIP).get(escort.id),)
        assert u.repository(SHIP).get(escort.id).flagship_id is None
        for spec in dependent:
            assert u.repository(spec).count(EVERYTHING) == 0
        assert u.repository(STAMP).count() == 1


def test_delete_that_a_reference_forbids_is_a_conflict_and_changes_nothing(unit: Open) -> None:
    with unit() as u:
        ship = u[Fleet].launch("Aurora")
        u.repository(SAILOR).create(name="Finn", ship_id=ship.id)
        u.repository(VOYAGE).create(ship_id=ship.id)

    with pytest.raises(Conflict, match="still used by 1 voyage"), unit() as u:
        u.repository(SHIP).remove(u.repository(SHIP).get_for_update(ship.id))

    with unit(write=False) as u:
        assert u.repository(SHIP).count() == 1
        assert u.repository(SAILOR).count() == 1


def test_entry_is_found_from_the_record_that_its_timeline_reference_names(unit: Open) -> None:
    with unit() as u:
        ship = u[Fleet].launch("Aurora")
        sailor = u.repository(SAILOR).create(name="Finn", ship_id=ship.id)

    with unit(write=False) as u:
        subjects = u.repository(ACTIVITY_SUBJECT).all(where(entity_type="ship", entity_id=ship.id))
        entries = u.repository(ACTIVITY).get_many([subject.activity_id for subject in subjects])
        assert {(e.entity_type, e.entity_id) for e in entries.values()} == {("ship", ship.id), ("sailor", sailor.id)}


def test_inside_subscription_runs_in_the_same_unit_and_its_failure_fails_it(make_kit: Callable[..., Kit]) -> None:
    def crew(u: UnitOfWork, happened: Happened) -> None:
        if happened.data["name"] == "Cursed":
            raise RuntimeError("no crew")
        u.repository(SAILOR).create(name="Finn", ship_id=happened.data["id"])

    kit = make_kit(subscriptions=(Subscription(event="ship.created", handler=crew, when=INSIDE, name="fleet.crew"),))

    with kit.unit_of_work("ws_a") as u:
        ship = u[Fleet].launch("Aurora")
    with pytest.raises(RuntimeError), kit.unit_of_work("ws_a") as u:
        u[Fleet].launch("Cursed")

    with kit.unit_of_work("ws_a", write=False) as u:
        assert [sailor.ship_id for sailor in u.repository(SAILOR).all()] == [ship.id]
        assert u.repository(SHIP).count() == 1


def test_inside_subscriptions_that_set_each_other_off_are_stopped(make_kit: Callable[..., Kit]) -> None:
    def again(u: UnitOfWork, happened: Happened) -> None:
        u[Fleet].dock(u.repository(SHIP).get(happened.data["shipId"]), "next")

    kit = make_kit(subscriptions=(Subscription(event="ship.docked", handler=again, when=INSIDE, name="fleet.again"),))

    with pytest.raises(SpecError, match=r"ship\.docked"), kit.unit_of_work("ws_a") as u:
        u[Fleet].dock(u[Fleet].launch("Aurora"), "Bergen")


def test_after_subscription_becomes_one_job_per_event(make_kit: Callable[..., Kit]) -> None:
    told: list[str] = []
    subscription = Subscription(event="ship.*", handler=lambda _, happened: told.append(happened.name), when=AFTER, name="fleet.log")
    kit = make_kit(subscriptions=(subscription,))

    u = kit.unit_of_work("ws_a")
    ship = u[Fleet].launch("Aurora")
    u[Fleet].dock(ship, "Bergen")
    assert told == []
    u.commit()

    assert told == ["ship.created", "ship.docked"]
    with kit.unit_of_work("ws_a", write=False) as after:
        assert [job.state for job in after.repository(JOB).all()] == ["done", "done"]


def test_after_subscription_that_does_not_apply_causes_no_job(make_kit: Callable[..., Kit]) -> None:
    def fail(_: UnitOfWork, happened: Happened) -> None:
        raise AssertionError(happened.name)

    subscription = Subscription(event="*", handler=fail, when=AFTER, name="fleet.never", applies=lambda _, __: False)
    kit = make_kit(subscriptions=(subscription,))

    with kit.unit_of_work("ws_a") as u:
        u[Fleet].launch("Aurora")
        assert u.jobs == []


def test_event_outside_the_catalogue_is_refused_and_custom_names_are_taken(unit: Open) -> None:
    with unit() as u:
        with pytest.raises(SpecError):
            u.record_event("ship.exploded", {})
        happened = u.record_event("custom.scored", {"score": 5})

    with unit(write=False) as u:
        assert u.repository(EVENT).get(happened.id).data == {"score": 5}


def test_job_with_a_known_key_is_enqueued_once(make_kit: Callable[..., Kit]) -> None:
    ran: list[str] = []
    kit = make_kit(jobs=(JobSpec(kind="fleet.paint", run=lambda run: ran.append(run.job.id)),))

    with kit.unit_of_work("ws_a") as u:
        first = u.enqueue(NewJob(kind="fleet.paint", key="aurora"))
        assert u.enqueue(NewJob(kind="fleet.paint", key="aurora")) is first
    with kit.unit_of_work("ws_a") as u:
        assert u.enqueue(NewJob(kind="fleet.paint", key="aurora")).id == first.id

    assert ran == [first.id]
    with pytest.raises(SpecError, match=r"fleet\.unknown"), kit.unit_of_work("ws_a") as u:
        u.enqueue(NewJob(kind="fleet.unknown"))


def test_two_kits_in_one_process_share_nothing(make_kit: Callable[..., Kit]) -> None:
    one, other = make_kit(), make_kit()

    with one.unit_of_work("ws_a") as u:
        ship = u[Fleet].launch("Aurora")

    with other.unit_of_work("ws_a", write=False) as u:
        assert u.repository(SHIP).find(ship.id) is None
