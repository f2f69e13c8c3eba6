import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from tests.features.accounts import storage_plugins
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.contacts.test_contacts import create
from tests.features.records import ADA, WORKSPACE

KEYS = ["id", "entityType", "entityId", "action", "changes", "userId", "userName", "timestamp"]


@attrs.frozen(kw_only=True)
class Visit:
    id: str
    place: str
    contact_id: str = attrs.field(metadata=stored(ref=ref("contact", on_delete=CASCADE, timeline=True)))


VISIT: EntitySpec[Visit] = entity(Visit, name="visit", new_id=ids.sortable("vis_"))


class Visits(KitPlugin):
    name: ClassVar[str] = "visits"

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        return [FeatureSpec(name="visits", description="Visits to contacts", entities=(VISIT,))]


@pytest.fixture
def kit(tmp_path: Path, clock: FrozenClock) -> Iterator[Kit]:
    """A kit with an entity of a plugin that belongs to contacts."""
    settings = {"rate_limit": "off", "providers": {"authentication": "test"}}
    with storage_plugins(tmp_path) as plugins, Kit.build(settings, plugins=[TestAuthPlugin(), Visits(), *plugins], clock=clock) as kit:
        yield kit


@pytest.fixture
def mia(kit: Kit, api: Api, clock: FrozenClock) -> dict[str, Any]:
    """A contact that was created, visited in the background, changed by Ada; beside another contact."""
    contact = create(api, source="ad")
    clock.advance(dt.timedelta(minutes=1))
    with kit.unit_of_work(WORKSPACE) as unit:
        unit.repository(VISIT).create(id="vis_1", place="Fair", contact_id=contact["id"])
    clock.advance(dt.timedelta(minutes=1))
    api.patch(f"/contacts/{contact['id']}", {"source": "web"})
    clock.advance(dt.timedelta(minutes=1))
    create(api, firstName="Other")
    return contact


def found(api: Api, query: str) -> list[tuple[str, str]]:
    status, body = api.get(f"/activities?{query}")
    assert status == 200, body
    assert body["meta"]["total"] == len(body["data"])
    return [(entry["entityType"], entry["action"]) for entry in body["data"]]


def test_entries_are_listed_newest_first_in_the_documented_shape(api: Api, mia: dict[str, Any]) -> None:
    body = api.get("/activities").body
    assert [list(entry) for entry in body["data"]] == [KEYS] * 4
    assert [entry["timestamp"][14:19] for entry in body["data"]] == ["33:00", "32:00", "31:00", "30:00"]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 4, "totalPages": 1}
    changed = body["data"][1]
    assert changed == {
        "id": changed["id"],
        "entityType": "contact",
        "entityId": mia["id"],
        "action": "updated",
        "changes": {"source": {"from": "ad", "to": "web"}},
        "userId": "usr_ada",
        "userName": "Ada Marsh",
        "timestamp": "2026-03-15T10:32:00Z",
    }


def test_background_work_has_no_user_and_creation_no_changes(api: Api, mia: dict[str, Any]) -> None:
    (visit,) = api.get("/activities?entityType=visit").body["data"]
    assert (visit["userId"], visit["userName"], visit["changes"]) == (None, None, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("entityType=contact", [("contact", "created"), ("contact", "updated"), ("contact", "created")]),
        ("entity_type=visit", [("visit", "created")]),
        ("entityType=spaceship", []),
        ("action=updated", [("contact", "updated")]),
        ("action=login", []),
        ("action=nonsense", []),
        ("userId=usr_ada&action=created", [("contact", "created"), ("contact", "created")]),
        ("userId=usr_nobody", []),
        ("entityId=nothing", []),
        ("entityId=vis_1", [("visit", "created")]),
    ],
)
def test_filters_combine_and_unknown_values_find_nothing(
    api: Api, mia: dict[str, Any], query: str, expected: list[tuple[str, str]]
) -> None:
    assert found(api, query) == expected


@pytest.mark.parametrize("prefix", ["", "con_"])
@pytest.mark.parametrize("by_type", ["entityType=contact&", ""])
def test_entries_on_what_belongs_to_a_record_are_found_from_it(api: Api, mia: dict[str, Any], prefix: str, by_type: str) -> None:
    query = f"{by_type}entityId={prefix}{mia['id']}"
    assert found(api, query) == [("contact", "updated"), ("visit", "created"), ("contact", "created")]
    assert found(api, f"{query}&action=created") == [("visit", "created"), ("contact", "created")]


def test_trail_of_a_deleted_record_stays(api: Api, mia: dict[str, Any]) -> None:
    api.delete(f"/contacts/{mia['id']}")
    assert sorted(found(api, f"entityType=contact&entityId={mia['id']}")) == [
        ("contact", "created"),
        ("contact", "deleted"),
        ("contact", "updated"),
        ("visit", "created"),
        ("visit", "deleted"),
    ]


def test_trail_cannot_be_changed(kit: Kit) -> None:
    assert {method for method, route in kit.responders if "activities" in route} == {"GET"}


def test_pages_and_cursors_work(api: Api, mia: dict[str, Any]) -> None:
    assert api.get("/activities?limit=3&page=2").body["meta"] == {"page": 2, "limit": 3, "total": 4, "totalPages": 2}
    first = api.get("/activities?limit=3&cursor=").body
    rest = api.get(f"/activities?limit=3&cursor={first['meta']['nextCursor']}").body
    assert [entry["id"] for entry in first["data"] + rest["data"]] == [entry["id"] for entry in api.get("/activities").body["data"]]
    assert rest["meta"] == {"limit": 3, "nextCursor": None}


def test_other_workspace_sees_nothing(other_api: Api, mia: dict[str, Any]) -> None:
    assert other_api.get("/activities").body["data"] == []
    assert other_api.get(f"/activities?entityType=contact&entityId={mia['id']}").body["data"] == []


def test_timeline_tells_what_happened_to_a_contact(api: Api, mia: dict[str, Any]) -> None:
    body = api.get(f"/contacts/{mia['id']}/timeline").body
    assert [list(entry) for entry in body["data"]] == [["id", "kind", "summary", "entityType", "entityId", "userId", "timestamp"]] * 3
    assert [(entry["kind"], entry["summary"]) for entry in body["data"]] == [
        ("contact.updated", "Contact updated (source) by Ada Marsh"),
        ("visit.created", "Visit created"),
        ("contact.created", "Contact created by Ada Marsh"),
    ]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 3, "totalPages": 1}


def test_timeline_of_an_unknown_contact_is_not_found(api: Api) -> None:
    assert api.get("/contacts/nobody/timeline").status == 404


def test_login_is_found_as_an_action(kit: Kit, api: Api) -> None:
    with kit.unit_of_work(WORKSPACE, actor=ADA) as unit:
        unit.log("user", "usr_ada", "login")
    assert found(api, "action=login") == [("user", "login")]
