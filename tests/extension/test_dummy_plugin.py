"""What a third-party plugin is promised: each hook and each record does what it says."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import ClassVar

import attrs
import pytest

from conduyt_kit import Kit
from conduyt_kit.cli.demo import in_order
from conduyt_kit.extension import FeatureSpec, KitPlugin, records
from conduyt_kit.kernel.audit import ACTIVITY
from conduyt_kit.kernel.events import AFTER, INSIDE
from conduyt_kit.kernel.jobs import JOB, SYSTEM_WORKSPACE
from conduyt_kit.kernel.schedules import latest_slot
from conduyt_kit.ports.jobs import JOB_RUNNER
from tests.dummy_plugin.beacons import BEACON, LOG_ENTRY, SIGNALS
from tests.dummy_plugin.plugin import BEACONS, CoastSettings, DummyPlugin, LightConfig, ReversedSignals
from tests.extension.harness import kit_of
from tests.features.calls import Api


@pytest.fixture
def plugin() -> DummyPlugin:
    return DummyPlugin()


@pytest.fixture
def kit(plugin: DummyPlugin) -> Iterator[Kit]:
    with kit_of(plugin) as kit:
        yield kit


@pytest.fixture
def api(kit: Kit) -> Api:
    return Api(kit, "ws_a")


def light(api: Api, name: str = "North Head") -> str:
    id: str = api.post("/beacons", {"name": name, "lamps": 2}).body["data"]["id"]
    assert api.post(f"/beacons/{id}/light").status == 200
    return id


def log_of(kit: Kit, beacon: str) -> list[str]:
    with kit.unit_of_work("ws_a", write=False) as unit:
        return sorted(entry.text for entry in unit.repository(LOG_ENTRY).all() if entry.beacon_id == beacon)


def test_the_dummy_plugin_uses_every_hook(kit: Kit, plugin: DummyPlugin) -> None:
    hooks = {name for name in vars(KitPlugin) if name.startswith("conduyt_")}

    assert set(kit.manager.hooks_of(plugin)) == hooks


def test_the_dummy_plugin_uses_every_kind_of_record(kit: Kit, plugin: DummyPlugin) -> None:
    returning = [hook for hook in kit.manager.hooks_of(plugin) if hook not in ("conduyt_addhooks", "conduyt_started", "conduyt_stopping")]
    found = [record for hook in returning for record in kit.manager.call(plugin, hook)]
    parts = [getattr(BEACONS, field.name) for field in attrs.fields(FeatureSpec)]
    found += [item for part in parts for item in (part if isinstance(part, tuple) else (part,))]

    assert {getattr(records, name) for name in records.__all__} <= {type(record) for record in found}


def test_the_dummy_feature_fills_every_field_of_its_record() -> None:
    empty = [field.name for field in attrs.fields(FeatureSpec) if not getattr(BEACONS, field.name)]

    assert empty == []


def test_settings_of_plugin_and_feature_are_loaded(plugin: DummyPlugin) -> None:
    with kit_of(plugin, settings={"coast": {"name": "Fastnet"}, "beacons": {"range_miles": 5}}) as kit:
        assert kit.settings.section(CoastSettings).name == "Fastnet"
        assert Api(kit, "ws_a").get("/coast") == (200, {"name": "Fastnet", "rangeMiles": 5})


def test_an_endpoint_beside_a_feature_shares_its_path_with_other_parameter_names(api: Api) -> None:
    id = light(api)

    assert api.get(f"/beacons/{id}").body["data"]["lit"] is True
    status, body = api.post(f"/beacons/{id}/light")
    assert (status, body["error"]["code"]) == (409, "conflict")


def test_a_plugins_provider_serves_instead_of_a_default(kit: Kit) -> None:
    assert kit.provider_name(SIGNALS) == "reversed"
    assert type(kit.provider(SIGNALS)) is ReversedSignals


def test_a_subscription_inside_writes_in_the_same_transaction(api: Api, kit: Kit) -> None:
    id = api.post("/beacons", {"name": "North Head"}).body["data"]["id"]
    assert log_of(kit, id) == ["beacon.created"]

    unit = kit.unit_of_work("ws_a")
    undone = unit.repository(BEACON).create(name="South Stack")
    unit.flush()
    unit.rollback()

    assert log_of(kit, undone.id) == []


def test_a_subscription_after_enqueues_a_job_that_runs(api: Api, kit: Kit) -> None:
    id = light(api)
    kit.provider(JOB_RUNNER).drain()  # type: ignore[attr-defined]

    assert log_of(kit, id) == ["beacon.created", "oil delivered"]
    with kit.unit_of_work("ws_a", write=False) as unit:
        jobs = {job.kind: (job.state, job.args) for job in unit.repository(JOB).all()}
    assert jobs["beacons.order_oil"] == ("done", {"beacon": id})


def test_an_event_of_the_plugin_is_in_the_catalogue_and_told_with_its_data(kit: Kit) -> None:
    with kit.unit_of_work("ws_a") as unit:
        beacon = unit.repository(BEACON).create(name="North Head", lamps=2)
        kit.assembly.actions["light_beacon"].run(unit, LightConfig(beacon=beacon.id), {})

    told = [(event.name, event.data) for event in unit.events if event.name == "beacon.lit"]
    assert told == [("beacon.lit", {"beaconId": beacon.id, "signal": "etihw x 2"})]
    assert set(kit.environment.events.specs["beacon.lit"].fields) == {"beaconId", "signal"}
    assert kit.environment.events.specs["beacon.created"].fields["name"] == "What sailors call it"


def test_an_action_of_a_feature_is_registered_beside_those_of_the_hook(kit: Kit) -> None:
    with kit.unit_of_work("ws_a") as unit:
        beacon = unit.repository(BEACON).create(name="North Head")
        result = kit.assembly.actions["note_beacon"].run(unit, LightConfig(beacon=beacon.id), {})

    assert result == {"noted": beacon.id}
    assert "noted by a workflow" in log_of(kit, beacon.id)
    assert "light_beacon" in kit.assembly.actions


def test_an_action_runs_inside_the_unit_of_work(kit: Kit) -> None:
    action = kit.assembly.actions["light_beacon"]
    unit = kit.unit_of_work("ws_a")
    beacon = unit.repository(BEACON).create(name="North Head")

    assert action.run(unit, action.config(beacon=beacon.id), {}) == {"lit": True}
    unit.rollback()

    with kit.unit_of_work("ws_a", write=False) as reading:
        assert reading.repository(BEACON).find(beacon.id) is None


def test_a_schedule_enqueues_its_job_once_for_a_slot(kit: Kit) -> None:
    for _ in range(2):
        kit.scheduler().tick()
    kit.provider(JOB_RUNNER).drain()  # type: ignore[attr-defined]

    slot = latest_slot("0 3 * * *", dt.datetime.now(dt.UTC))
    with kit.unit_of_work(SYSTEM_WORKSPACE, write=False) as unit:
        jobs = [job for job in unit.repository(JOB).all() if job.kind == "beacons.count_wrecks"]
        logged = [entry for entry in unit.repository(ACTIVITY).all() if entry.entity_type == "beacon"]
    assert slot is not None
    assert [(job.state, job.key) for job in jobs] == [("done", f"beacons.count_wrecks:{slot.isoformat()}")]
    assert len(logged) == 1


def test_a_health_check_and_a_command_are_registered(kit: Kit) -> None:
    assert [(c.plugin, c.record.name, c.record.essential, c.record.check(kit)) for c in kit.health_checks if c.plugin == "dummy"] == [
        ("dummy", "oil", False, "enough oil")
    ]
    assert [(c.plugin, c.record.command.name) for c in kit.assembly.commands] == [("dummy", "coast")]


def test_sample_data_comes_after_that_of_required_features(kit: Kit) -> None:
    names = [feature.name for feature in in_order(item.record for item in kit.assembly.features)]

    assert names.index("companies") < names.index("beacons")


def test_a_timeline_reference_shows_the_record_from_the_other_one(api: Api, kit: Kit) -> None:
    company = api.post("/companies", {"name": "Lights Ltd"}).body["data"]["id"]
    id = api.post("/beacons", {"name": "North Head", "keeperId": company}).body["data"]["id"]

    status, body = api.get(f"/activities?entityType=company&entityId={company}")

    assert status == 200
    assert {(entry["entityType"], entry["entityId"]) for entry in body["data"]} == {("company", company), ("beacon", id)}


class Harbours(KitPlugin):
    """Implements the hook that the dummy plugin publishes."""

    name: ClassVar[str] = "harbours"

    def conduyt_dummy_harbours(self) -> Iterable[str]:
        return ["Cobh", "Kinsale"]


def test_a_plugin_publishes_a_hook_that_another_implements(plugin: DummyPlugin) -> None:
    with kit_of(Harbours(), plugin) as kit:
        kit.start()

        assert plugin.harbours == ["Cobh", "Kinsale"]


def test_plugins_are_started_in_order_and_stopped_in_reverse() -> None:
    told: list[str] = []

    class Telling(KitPlugin):
        name: ClassVar[str] = "first"

        def conduyt_started(self, kit: Kit) -> None:
            told.append(f"{self.name} started")

        def conduyt_stopping(self, kit: Kit) -> None:
            told.append(f"{self.name} stopping")

    class Second(Telling):
        name: ClassVar[str] = "second"

    with kit_of(Telling(), Second()) as kit:
        assert told == []
        kit.start()

    kit.stop()
    assert told == ["first started", "second started", "second stopping", "first stopping"]


def test_two_kits_with_the_plugin_share_nothing() -> None:
    with kit_of(DummyPlugin()) as one, kit_of(DummyPlugin()) as other:
        id = light(Api(one, "ws_a"))

        assert Api(other, "ws_a").get(f"/beacons/{id}").status == 404
        assert one.provider(SIGNALS) is not other.provider(SIGNALS)


def test_a_feature_of_a_plugin_can_be_left_out(plugin: DummyPlugin) -> None:
    everything = [f.record.name for f in Kit.build(plugins=[DummyPlugin()]).assembly.features if f.record.name != "beacons"]

    with kit_of(plugin, settings={"features": tuple(everything)}) as kit:
        assert "beacon" not in kit.assembly.entities
        assert [endpoint.path for endpoint in kit.endpoints if endpoint.path == "/beacons"] == []


def test_subscriptions_say_when_they_are_told(kit: Kit) -> None:
    events = kit.environment.events

    assert [s.name for s in events.subscribers("beacon.created", INSIDE) if s.name.startswith("beacons.")] == ["beacons.log"]
    assert [s.name for s in events.subscribers("beacon.lit", AFTER) if s.name.startswith("dummy.")] == ["dummy.order_oil"]
