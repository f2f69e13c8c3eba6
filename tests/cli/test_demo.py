from collections.abc import Callable

import attrs
import pytest

from conduyt_kit.cli.demo import in_order
from conduyt_kit.extension import FeatureSpec
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.workspaces import all_workspaces
from tests.cli.conftest import Conduyt
from tests.dummy_plugin.beacons import BEACON
from tests.dummy_plugin.plugin import DummyPlugin
from tests.features.calls import Api


def test_an_empty_installation_gets_a_workspace_a_login_and_a_key(make_conduyt: Callable[..., Conduyt]) -> None:
    conduyt = make_conduyt(DummyPlugin())

    ended = conduyt("demo")

    assert ended.code == 0
    login, key, filled = ended.out.splitlines()
    password = login.rpartition(" ")[2]
    [workspace] = all_workspaces(conduyt.kit.environment)
    assert Api(conduyt.kit, "").post("/auth/login", {"email": "demo@example.com", "password": password}).status == 200
    api = Api(conduyt.kit, key.rpartition(" ")[2])
    assert api.get("/contacts").body["meta"]["total"] >= 20
    assert filled.startswith(f"Filled Demo ({workspace.id}) with sample ")
    with conduyt.kit.unit_of_work(workspace.id, write=False) as unit:
        assert sorted(beacon.name for beacon in unit.repository(BEACON).all()) == ["North Head", "South Stack"]


def test_every_feature_with_sample_data_is_named(conduyt: Conduyt) -> None:
    filled = conduyt("demo").out.splitlines()[-1]

    named = filled.partition("with sample ")[2].split(", ")
    assert named == [f.record.name.replace("_", " ") for f in conduyt.kit.assembly.features if f.record.demo]


def test_a_workspace_in_use_is_left_alone(conduyt: Conduyt) -> None:
    conduyt("demo")
    [workspace] = all_workspaces(conduyt.kit.environment)
    with conduyt.kit.unit_of_work(workspace.id, write=False) as unit:
        contacts = unit.repository_named("contact")
        assert contacts is not None
        before = contacts.count()

    ended = conduyt("demo")

    assert (ended.code, ended.out) == (1, "")
    assert "Demo has contacts already; --force adds the sample data to them" in ended.err
    with conduyt.kit.unit_of_work(workspace.id, write=False) as unit:
        contacts = unit.repository_named("contact")
        assert contacts is not None
        assert contacts.count() == before


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a b c", "a b c"),
        ("a:c b c", "b c a"),
        ("a:b b:c c", "c b a"),
        ("a:left_out b", "a b"),
        ("a:b b:a c", "c a b"),
    ],
)
def test_a_feature_comes_after_those_it_requires(given: str, expected: str) -> None:
    features = [FeatureSpec(name=name, description="", requires=tuple(filter(None, [needs]))) for name, _, needs in parts(given)]

    assert [feature.name for feature in in_order(features)] == expected.split()


def parts(text: str) -> list[tuple[str, str, str]]:
    return [word.partition(":") for word in text.split()]


def test_the_order_of_the_plugins_is_kept_where_nothing_is_required() -> None:
    feature = FeatureSpec(name="", description="")
    features = [attrs.evolve(feature, name=name) for name in "dacb"]

    assert in_order(features) == features


def contacts(conduyt: Conduyt) -> int:
    [workspace] = all_workspaces(conduyt.kit.environment)
    with conduyt.kit.unit_of_work(workspace.id, write=False) as unit:
        found = unit.repository_named("contact")
        assert found is not None
        return found.count()


def test_sample_data_is_added_to_contacts_when_that_is_asked_for(conduyt: Conduyt) -> None:
    conduyt.create_user()
    [workspace] = all_workspaces(conduyt.kit.environment)
    with conduyt.kit.unit_of_work(workspace.id) as unit:
        unit[Contacts].create(first_name="Bo", last_name="Ek")

    refused = conduyt("demo")
    filled = conduyt("demo", "--force")

    assert (refused.code, filled.code) == (1, 0)
    assert contacts(conduyt) > 20


def test_sample_data_that_is_there_already_is_not_half_added_again(make_conduyt: Callable[..., Conduyt]) -> None:
    conduyt = make_conduyt(
        DummyPlugin(), features=("workspaces", "users", "auth", "custom_fields", "companies", "tags", "contacts", "beacons")
    )
    conduyt("demo")
    [workspace] = all_workspaces(conduyt.kit.environment)
    with conduyt.kit.unit_of_work(workspace.id) as unit:
        for repeated in ("custom_field", "tag"):
            records = unit.repository_named(repeated)
            assert records is not None
            for record in records.all():
                records.remove(record)
    before = contacts(conduyt)

    ended = conduyt("demo", "--force")

    assert (ended.code, ended.out) == (1, "")
    assert "The sample beacons do not fit into this workspace (Another beacon has this name)" in ended.err
    assert contacts(conduyt) == before
