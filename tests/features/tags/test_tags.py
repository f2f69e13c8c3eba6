import pytest

from conduyt_kit import Kit
from conduyt_kit.features.tags import TAG, Tags
from tests.features.calls import Api
from tests.features.records import WORKSPACE, trail

DEFAULT = "#7C8CF8"


def test_tag_is_created_with_the_default_color(api: Api) -> None:
    status, body = api.post("/tags", {"name": "enterprise"})
    assert status == 201
    assert body == {"data": {"id": body["data"]["id"], "name": "enterprise", "color": DEFAULT, "contactCount": 0}}
    assert body["data"]["id"].startswith("tag_")


def test_tag_keeps_its_color(api: Api) -> None:
    assert api.post("/tags", {"name": "vip", "color": "#956EFA"}).body["data"]["color"] == "#956EFA"


@pytest.mark.parametrize("color", ["red", "#12345", "#1234567", "#GGGGGG", "", 7, None])
def test_color_that_is_no_hex_color_is_refused(api: Api, color: object) -> None:
    status, body = api.post("/tags", {"name": "vip", "color": color})
    assert (status, body["error"]["details"][0]["field"]) == (422, "color")
    assert api.get("/tags").body["data"] == []


@pytest.mark.parametrize("name", ["VIP", " vip ", "vip", "ＶＩＰ"])
def test_name_is_unique_in_whatever_case(api: Api, name: str) -> None:
    api.post("/tags", {"name": "Vip"})
    status, body = api.post("/tags", {"name": name})
    assert (status, body["error"]["code"]) == (422, "validation_failed")
    assert [detail["field"] for detail in body["error"]["details"]] == ["name"]
    assert [tag["name"] for tag in api.get("/tags").body["data"]] == ["Vip"]


def test_same_name_is_free_in_another_workspace(api: Api, other_api: Api) -> None:
    api.post("/tags", {"name": "vip"})
    assert other_api.post("/tags", {"name": "vip"}).status == 201


def test_renaming_to_a_taken_name_is_refused(api: Api) -> None:
    api.post("/tags", {"name": "vip"})
    tag = api.post("/tags", {"name": "lead"}).body["data"]
    status, body = api.patch(f"/tags/{tag['id']}", {"name": "VIP"})
    assert (status, body["error"]["details"][0]["field"]) == (422, "name")
    assert api.get(f"/tags/{tag['id']}").body["data"]["name"] == "lead"


def test_tag_may_change_the_case_of_its_own_name(api: Api) -> None:
    tag = api.post("/tags", {"name": "vip"}).body["data"]
    assert api.patch(f"/tags/{tag['id']}", {"name": "VIP"}).body["data"]["name"] == "VIP"


def test_renaming_shows_at_once_in_contacts(api: Api) -> None:
    contact = api.post("/contacts", {"firstName": "Mia", "lastName": "Voss", "tags": ["vip"]}).body["data"]
    tag = api.get("/tags").body["data"][0]
    assert api.patch(f"/tags/{tag['id']}", {"name": "gold", "color": "#000000"}).body["data"] == {
        "id": tag["id"],
        "name": "gold",
        "color": "#000000",
        "contactCount": 1,
    }
    assert api.get(f"/contacts/{contact['id']}").body["data"]["tags"] == ["gold"]


def test_fetched_tag_can_be_sent_back(api: Api) -> None:
    tag = api.post("/tags", {"name": "vip"}).body["data"]
    assert api.patch(f"/tags/{tag['id']}", tag) == (200, {"data": tag})


def test_list_counts_contacts_and_pages(api: Api) -> None:
    for name in ("a", "b"):
        api.post("/contacts", {"firstName": name, "lastName": "X", "tags": ["one", "two"] if name == "a" else ["one"]})
    body = api.get("/tags?limit=1").body
    assert [(tag["name"], tag["contactCount"]) for tag in body["data"]] == [("one", 2)]
    assert body["meta"] == {"page": 1, "limit": 1, "total": 2, "totalPages": 2}
    assert api.get("/tags?limit=1&page=2").body["data"][0]["contactCount"] == 1


def test_count_falls_when_a_contact_is_deleted(api: Api) -> None:
    contact = api.post("/contacts", {"firstName": "Mia", "lastName": "Voss", "tags": ["vip"]}).body["data"]
    api.delete(f"/contacts/{contact['id']}")
    assert api.get("/tags").body["data"][0]["contactCount"] == 0


def test_deleted_tag_leaves_its_contacts(api: Api) -> None:
    contact = api.post("/contacts", {"firstName": "Mia", "lastName": "Voss", "tags": ["vip", "lead"]}).body["data"]
    tag = api.get("/tags?search=vip").body["data"][0]
    assert api.delete(f"/tags/{tag['id']}") == (204, None)
    assert api.get(f"/contacts/{contact['id']}").body["data"]["tags"] == ["lead"]
    assert api.get(f"/tags/{tag['id']}").status == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_tag_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str) -> None:
    tag = other_api.post("/tags", {"name": "vip"}).body["data"]
    assert api.call(method, f"/tags/{tag['id']}", {"name": "x"} if method == "PATCH" else None).status == 404
    assert other_api.get(f"/tags/{tag['id']}").body["data"]["name"] == "vip"


def test_ensure_finds_by_folded_name_and_creates_the_rest_once(kit: Kit) -> None:
    with kit.unit_of_work(WORKSPACE) as unit:
        vip = unit[Tags].create(name="VIP")
    with kit.unit_of_work(WORKSPACE) as unit:
        tags = unit[Tags].ensure(["New", "vip", "NEW", "  ", "Vip"])
    assert [tag.name for tag in tags] == ["New", "VIP"]
    assert tags[1].id == vip.id
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        assert sorted(tag.name for tag in unit.repository(TAG).all()) == ["New", "VIP"]


def test_creation_change_and_deletion_are_logged(kit: Kit, api: Api) -> None:
    tag = api.post("/tags", {"name": "vip"}).body["data"]
    api.patch(f"/tags/{tag['id']}", {"name": "gold"})
    api.delete(f"/tags/{tag['id']}")
    entries = trail(kit, entity_type="tag", entity_id=tag["id"])
    assert [(entry.action, entry.changes, entry.user_name) for entry in entries] == [
        ("created", None, "Ada Marsh"),
        ("updated", {"name": {"from": "vip", "to": "gold"}}, "Ada Marsh"),
        ("deleted", None, "Ada Marsh"),
    ]
