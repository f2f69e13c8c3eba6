import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from conduyt_kit import Kit, Scope
from conduyt_kit.extension import crud_endpoints
from conduyt_kit.kernel.audit import ACTIVITY
from conduyt_kit.kernel.entities import entity
from conduyt_kit.kernel.errors import SpecError
from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.fields import stored
from tests.dummy_plugin.beacons import BEACON, Beacon
from tests.dummy_plugin.plugin import DummyPlugin
from tests.extension.harness import kit_of, storage_named
from tests.features.calls import Api

STORAGES = ["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.service)]


@pytest.fixture(params=STORAGES, scope="module")
def kit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    folder: Path = tmp_path_factory.mktemp("storage")
    with storage_named(request.param, folder) as storage, kit_of(DummyPlugin(), storage=storage) as kit:
        yield kit


@pytest.fixture
def api(kit: Kit) -> Api:
    """Call the API in a workspace of the test's own."""
    return Api(kit, f"ws_{secrets.token_hex(6)}")


def names(body: Any) -> list[str]:
    return [item["name"] for item in body["data"]]


def test_a_record_is_created_with_its_defaults_and_shown_without_what_is_hidden(api: Api) -> None:
    status, body = api.post("/beacons", {"name": " North Head "})

    assert status == 201
    assert list(body["data"]) == ["id", "name", "color", "lit", "lamps", "keeperId", "createdAt", "updatedAt"]
    shown = {key: body["data"][key] for key in ("name", "color", "lit", "lamps", "keeperId")}
    assert shown == {"name": "North Head", "color": "white", "lit": False, "lamps": 1, "keeperId": None}
    assert api.get(f"/beacons/{body['data']['id']}") == (200, body)


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, "name", "Required"),
        ({"name": ""}, "name", "Must not be blank"),
        ({"name": "N", "color": "pink"}, "color", "Must be one of red, green, white"),
        ({"name": "N", "lamps": "2"}, "lamps", "Must be an integer"),
        ({"name": "N", "lit": True}, "lit", "Unknown field"),
        ({"name": "N", "code": "x"}, "code", "Unknown field"),
        ({"name": "N", "colour": "red"}, "colour", "Unknown field; did you mean color?"),
        ({"name": "N", "passphrase": "x"}, "passphrase", "Unknown field"),
        ({"name": "N", "id": "bcn_mine"}, "id", "Unknown field"),
        ({"name": "N", "keeperId": "comp_none"}, "keeperId", "Refers to a record that does not exist in this workspace"),
    ],
)
def test_wrong_input_is_refused_on_its_field_and_nothing_is_stored(api: Api, given: Any, field: str, message: str) -> None:
    status, body = api.post("/beacons", given)

    assert (status, body["error"]["code"]) == (422, "validation_failed")
    assert body["error"]["details"] == [{"field": field, "message": message}]
    assert api.get("/beacons").body["meta"]["total"] == 0


def test_a_broken_uniqueness_rule_is_told_on_its_field(api: Api) -> None:
    api.post("/beacons", {"name": "North Head"})

    status, body = api.post("/beacons", {"name": "North Head"})

    assert (status, body["error"]["details"]) == (422, [{"field": "name", "message": "Another beacon has this name"}])
    assert api.get("/beacons").body["meta"]["total"] == 1


def test_a_patch_changes_the_given_fields_only_and_ignores_read_only_ones(api: Api) -> None:
    created = api.post("/beacons", {"name": "North Head", "lamps": 3}).body["data"]

    status, body = api.patch(f"/beacons/{created['id']}", {**created, "color": "red", "lit": True, "id": "other"})

    assert status == 200
    assert {**body["data"], "updatedAt": None} == {**created, "color": "red", "updatedAt": None}


def test_what_another_workspace_has_is_not_found(api: Api, kit: Kit) -> None:
    id = api.post("/beacons", {"name": "North Head"}).body["data"]["id"]
    stranger = Api(kit, "ws_stranger")

    assert stranger.get(f"/beacons/{id}").status == 404
    assert stranger.patch(f"/beacons/{id}", {"lamps": 9}).status == 404
    assert stranger.delete(f"/beacons/{id}").status == 404
    assert stranger.get("/beacons").body["data"] == []
    assert api.get(f"/beacons/{id}").body["data"]["lamps"] == 1


def test_a_deleted_record_is_gone(api: Api) -> None:
    id = api.post("/beacons", {"name": "North Head"}).body["data"]["id"]

    assert api.delete(f"/beacons/{id}") == (204, None)
    assert api.get(f"/beacons/{id}").status == 404
    assert api.delete(f"/beacons/{id}").status == 404


def test_a_deleted_company_leaves_the_record_without_its_reference(api: Api) -> None:
    company = api.post("/companies", {"name": "Lights Ltd"}).body["data"]["id"]
    id = api.post("/beacons", {"name": "North Head", "keeperId": company}).body["data"]["id"]

    assert api.delete(f"/companies/{company}").status == 204
    assert api.get(f"/beacons/{id}").body["data"]["keeperId"] is None


@pytest.fixture
def coast(api: Api) -> Api:
    company = api.post("/companies", {"name": "Lights Ltd"}).body["data"]["id"]
    for name, color, lamps, keeper in (("North Head", "red", 1, company), ("South Stack", "green", 2, None), ("East Bill", "red", 2, None)):
        api.post("/beacons", {"name": name, "color": color, "lamps": lamps, "keeperId": keeper})
    south = api.get("/beacons?color=green").body["data"][0]["id"]
    api.post(f"/beacons/{south}/light")
    return api


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["East Bill", "North Head", "South Stack"]),
        ("color=red", ["East Bill", "North Head"]),
        ("color=red&lamps=2", ["East Bill"]),
        ("lit=true", ["South Stack"]),
        ("lit=false", ["East Bill", "North Head"]),
        ("keeperId=comp_none", []),
        ("keeper_id=comp_none", []),
        ("search=s", ["East Bill", "South Stack"]),
        ("search=HEAD", ["North Head"]),
        ("createdAfter=2001-01-01", ["East Bill", "North Head", "South Stack"]),
        ("created_before=2001-01-01T00:00:00Z", []),
        ("name=North+Head", ["East Bill", "North Head", "South Stack"]),
    ],
)
def test_the_list_is_narrowed_by_its_filters(coast: Api, query: str, expected: list[str]) -> None:
    status, body = coast.get(f"/beacons?sort=name&{query}")

    assert (status, names(body), body["meta"]["total"]) == (200, expected, len(expected))


def test_the_list_is_narrowed_by_reference(coast: Api) -> None:
    company = coast.get("/companies").body["data"][0]["id"]

    assert names(coast.get(f"/beacons?keeperId={company}").body) == ["North Head"]


@pytest.mark.parametrize("query", ["color=pink", "lit=perhaps", "lamps=two", "createdAfter=yesterday", "sort=lamps", "limit=0"])
def test_a_filter_that_cannot_be_read_is_a_bad_request(api: Api, query: str) -> None:
    status, body = api.get(f"/beacons?{query}")

    assert (status, body["error"]["code"]) == (400, "invalid_request")


def test_pages_by_number_and_by_cursor_hold_every_record_once(coast: Api) -> None:
    pages = [names(coast.get(f"/beacons?sort=name&limit=2&page={page}").body) for page in (1, 2)]
    first = coast.get("/beacons?sort=name&limit=2&cursor=").body
    second = coast.get(f"/beacons?sort=name&limit=2&cursor={first['meta']['nextCursor']}").body

    assert pages == [["East Bill", "North Head"], ["South Stack"]]
    assert [names(first), names(second)] == pages
    assert second["meta"] == {"limit": 2, "nextCursor": None}


def test_every_change_is_in_the_audit_trail_and_told_as_an_event(api: Api, kit: Kit) -> None:
    id = api.post("/beacons", {"name": "North Head"}).body["data"]["id"]
    api.patch(f"/beacons/{id}", {"lamps": 2})
    api.delete(f"/beacons/{id}")

    with kit.unit_of_work(api.token, write=False) as unit:
        activities = [(a.action, a.changes, a.user_name) for a in unit.repository(ACTIVITY).all() if a.entity_id == id]
        events = {event.name: event.data for event in unit.repository(EVENT).all() if event.entity_id == id}
    changed = {"lamps": {"from": 1, "to": 2}}
    assert sorted(activities, key=lambda entry: entry[0]) == [
        ("created", None, "Ada Marsh"),
        ("deleted", None, "Ada Marsh"),
        ("updated", changed, "Ada Marsh"),
    ]
    assert set(events) == {"beacon.created", "beacon.updated", "beacon.deleted"}
    assert events["beacon.updated"]["changes"] == changed
    assert not {"code", "passphrase"} & set(events["beacon.created"])


def test_an_entity_that_makes_no_ids_is_refused() -> None:
    with pytest.raises(SpecError, match="needs an entity that makes its own ids; give 'beacon' a new_id"):
        crud_endpoints(attrs.evolve(BEACON, new_id=None))


def test_a_field_that_nobody_can_give_needs_a_default() -> None:
    @attrs.frozen(kw_only=True)
    class Sealed:
        id: str
        seal: str = attrs.field(metadata=stored(hidden=True))

    with pytest.raises(SpecError, match=r"Sealed\.seal is never given by a caller"):
        crud_endpoints(entity(Sealed, name="sealed", new_id=lambda: "x"))


def test_path_section_and_scopes_can_be_chosen() -> None:
    listing, created, *_ = crud_endpoints(BEACON, path="/coast/lights", section="Coast", write=Scope.ADMIN)

    assert (listing.path, listing.section, listing.scope) == ("/coast/lights", "Coast", Scope.READ)
    assert (created.path, created.section, created.scope) == ("/coast/lights", "Coast", Scope.ADMIN)


def test_the_classes_are_named_after_the_entity_and_live_where_it_lives() -> None:
    listing, created, *_ = crud_endpoints(BEACON)

    found = [(cls.__module__, cls.__name__) for cls in (listing.query, listing.reply, created.body) if cls is not None]
    assert found == [(Beacon.__module__, name) for name in ("BeaconQuery", "BeaconView", "BeaconInput")]
