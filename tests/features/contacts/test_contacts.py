import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.records import add_user, told, trail

LIST_KEYS = ["id", "firstName", "lastName", "email", "phone", "company", "source", "tags", "assignedTo", "createdAt", "updatedAt"]
MIA: dict[str, Any] = {"firstName": "Mia", "lastName": "Voss"}


def create(api: Api, **more: Any) -> dict[str, Any]:
    status, body = api.post("/contacts", {**MIA, **more})
    assert status == 201, body
    contact: dict[str, Any] = body["data"]
    return contact


def test_contact_is_created_in_the_documented_shape(kit: Kit, api: Api) -> None:
    user = add_user(kit, "Noor")
    api.post("/custom-fields", {"name": "Score", "key": "score", "type": "number", "entity": "contact"})
    given = {
        "firstName": "Mia",
        "lastName": "Voss",
        "email": "mia.voss@example.com",
        "phone": "+49 30 901-820",
        "company": "Kestrel Freight",
        "source": "referral",
        "tags": ["vip", "Lead"],
        "assignedTo": user,
        "customFields": {"score": 7},
    }
    status, body = api.post("/contacts", given)
    assert status == 201
    assert list(body["data"]) == [*LIST_KEYS, "customFields"]
    moment = "2026-03-15T10:30:00Z"
    expected = {**given, "phone": "+4930901820", "tags": ["Lead", "vip"], "createdAt": moment, "updatedAt": moment}
    assert body["data"] == {"id": body["data"]["id"], **expected}
    assert api.get(f"/contacts/{body['data']['id']}") == (200, body)


def test_contact_needs_only_its_names(api: Api) -> None:
    contact = create(api)
    assert {key: contact[key] for key in LIST_KEYS[3:9]} == {
        "email": None,
        "phone": None,
        "company": None,
        "source": None,
        "tags": [],
        "assignedTo": None,
    }
    assert contact["customFields"] == {}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"firstName": None}, ["firstName"]),
        ({"firstName": " "}, ["firstName"]),
        ({"lastName": 5}, ["lastName"]),
        ({"lastName": ""}, ["lastName"]),
        ({"email": "nobody"}, ["email"]),
        ({"email": "a@b@c"}, ["email"]),
        ({"phone": "555 1234"}, ["phone"]),
        ({"phone": "+1"}, ["phone"]),
        ({"phone": "+15551234"}, ["phone"]),
        ({"phone": 14155552671}, ["phone"]),
        ({"tags": "vip"}, ["tags"]),
        ({"tags": ["vip", 7]}, ["tags[1]"]),
        ({"tags": [" "]}, ["tags[0]"]),
        ({"assignedTo": "usr_nobody"}, ["assignedTo"]),
        ({"companyId": "comp_nobody"}, ["companyId"]),
        ({"customFields": {"nope": 1}}, ["customFields.nope"]),
        ({"emial": "a@example.com"}, ["emial"]),
        ({"email": "x", "phone": "y", "source": 1}, ["email", "phone", "source"]),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_written(kit: Kit, api: Api, change: dict[str, Any], fields: list[str]) -> None:
    status, body = api.post("/contacts", {**MIA, **change})
    assert (status, body["error"]["code"]) == (422, "validation_failed")
    assert [detail["field"] for detail in body["error"]["details"]] == fields
    assert api.get("/contacts").body["meta"]["total"] == 0
    assert api.get("/tags").body["data"] == []
    assert trail(kit, entity_type="contact") == []


def test_missing_names_are_required(api: Api) -> None:
    assert api.post("/contacts", {}).body["error"]["details"] == [
        {"field": "firstName", "message": "Required"},
        {"field": "lastName", "message": "Required"},
    ]


def test_address_of_another_contact_is_accepted_on_creation(api: Api) -> None:
    create(api, email="mia@example.com")
    create(api, email="MIA@example.com")
    assert api.get("/contacts").body["meta"]["total"] == 2


def test_assigned_user_of_another_workspace_is_refused(kit: Kit, api: Api) -> None:
    stranger = add_user(kit, "Noor", "ws_b")
    status, body = api.post("/contacts", {**MIA, "assignedTo": stranger})
    assert (status, body["error"]["details"][0]["field"]) == (422, "assignedTo")


def test_patch_changes_only_what_is_given(api: Api, clock: FrozenClock) -> None:
    contact = create(api, email="mia@example.com", source="ad", tags=["vip"])
    clock.advance(dt.timedelta(minutes=5))
    status, body = api.patch(f"/contacts/{contact['id']}", {"source": "referral"})
    assert status == 200
    assert body["data"] == {**contact, "source": "referral", "updatedAt": "2026-03-15T10:35:00Z"}


def test_null_clears_optional_fields(kit: Kit, api: Api) -> None:
    contact = create(
        api, email="m@example.com", phone="+14155552671", company="X", source="ad", tags=["vip"], assignedTo=add_user(kit, "Noor")
    )
    cleared = dict.fromkeys(("email", "phone", "company", "source", "tags", "assignedTo"))
    body = api.patch(f"/contacts/{contact['id']}", cleared).body
    assert body["data"] == {**contact, **cleared, "tags": []}


def test_null_does_not_clear_a_name(api: Api) -> None:
    contact = create(api)
    status, body = api.patch(f"/contacts/{contact['id']}", {"firstName": None})
    assert (status, body["error"]["details"][0]["field"]) == (422, "firstName")
    assert api.get(f"/contacts/{contact['id']}").body["data"] == contact


def test_fetched_contact_can_be_sent_back_and_changes_nothing(kit: Kit, api: Api, clock: FrozenClock) -> None:
    contact = create(api, email="mia@example.com", company="Kestrel", tags=["vip"])
    clock.advance(dt.timedelta(minutes=5))
    assert api.patch(f"/contacts/{contact['id']}", contact) == (200, {"data": contact})
    assert [entry.action for entry in trail(kit, entity_type="contact")] == ["created"]


def test_contact_of_one_name_can_be_sent_back(kit: Kit, api: Api) -> None:
    with kit.unit_of_work("ws_a") as unit:
        contact = unit[Contacts].create(first_name="Cher", last_name="")
    shown = api.get(f"/contacts/{contact.id}").body["data"]
    assert api.patch(f"/contacts/{contact.id}", shown) == (200, {"data": shown})


def test_refused_patch_changes_nothing(kit: Kit, api: Api) -> None:
    contact = create(api, tags=["vip"])
    status, body = api.patch(f"/contacts/{contact['id']}", {"tags": ["new"], "source": "ad", "assignedTo": "usr_nobody"})
    assert (status, [detail["field"] for detail in body["error"]["details"]]) == (422, ["assignedTo"])
    assert api.get(f"/contacts/{contact['id']}").body["data"] == contact
    assert [tag["name"] for tag in api.get("/tags").body["data"]] == ["vip"]
    assert [entry.action for entry in trail(kit, entity_type="contact")] == ["created"]


def test_custom_fields_merge_key_by_key(api: Api) -> None:
    for key in ("size", "plan"):
        api.post("/custom-fields", {"name": key, "key": key, "type": "text", "entity": "contact"})
    contact = create(api, customFields={"size": "S", "plan": "gold"})
    body = api.patch(f"/contacts/{contact['id']}", {"customFields": {"size": None, "plan": "iron"}}).body
    assert body["data"]["customFields"] == {"plan": "iron"}
    assert api.patch(f"/contacts/{contact['id']}", {"customFields": {"size": "L"}}).body["data"]["customFields"] == {
        "plan": "iron",
        "size": "L",
    }


def test_required_custom_field_must_be_given_and_cannot_be_cleared(api: Api) -> None:
    api.post("/custom-fields", {"name": "Plan", "key": "plan", "type": "text", "entity": "contact", "required": True})
    assert api.post("/contacts", MIA).body["error"]["details"] == [{"field": "customFields.plan", "message": "Required"}]
    contact = create(api, customFields={"plan": "gold"})
    assert api.patch(f"/contacts/{contact['id']}", {"customFields": {"plan": None}}).status == 422
    assert api.get(f"/contacts/{contact['id']}").body["data"]["customFields"] == {"plan": "gold"}


def test_contact_is_known_by_its_prefixed_id_everywhere(api: Api) -> None:
    contact = create(api, tags=["vip"])
    alias = f"/contacts/con_{contact['id']}"
    assert api.get(alias).body["data"] == contact
    assert api.patch(alias, {"source": "ad"}).body["data"]["id"] == contact["id"]
    assert api.post(f"{alias}/tags", {"tags": ["a"]}).body["data"]["tags"] == ["a", "vip"]
    assert api.delete(f"{alias}/tags/a").status == 204
    assert api.get(f"{alias}/timeline").body["meta"]["total"] == 4
    assert api.delete(alias).status == 204
    assert api.get(alias).status == 404


def test_seeded_short_id_works(kit: Kit, api: Api) -> None:
    with kit.unit_of_work("ws_a") as unit:
        contacts = unit.repository_named("contact")
        assert contacts is not None
        contacts.create(id="con_8f14e45f", first_name="Old", last_name="Id")
    assert api.patch("/contacts/con_8f14e45f", {"source": "ad"}).body["data"]["id"] == "con_8f14e45f"
    assert api.delete("/contacts/con_8f14e45f").status == 204


def test_deletion_is_final_and_logged(kit: Kit, api: Api) -> None:
    contact = create(api, tags=["vip"])
    assert api.delete(f"/contacts/{contact['id']}") == (204, None)
    assert api.get(f"/contacts/{contact['id']}").status == 404
    assert api.delete(f"/contacts/{contact['id']}").status == 404
    assert [entry.action for entry in trail(kit, entity_type="contact")] == ["created", "deleted"]
    assert [tag["name"] for tag in api.get("/tags").body["data"]] == ["vip"]


def test_removed_user_leaves_contacts_unassigned(kit: Kit, api: Api) -> None:
    user = add_user(kit, "Noor")
    contact = create(api, assignedTo=user)
    with kit.unit_of_work("ws_a") as unit:
        users = unit.repository_named("user")
        assert users is not None
        users.remove(users.get_for_update(user))
    assert api.get(f"/contacts/{contact['id']}").body["data"]["assignedTo"] is None


@pytest.mark.parametrize("call", ["get", "patch", "delete", "tag", "untag", "timeline"])
def test_contact_of_another_workspace_is_not_found(api: Api, other_api: Api, call: str) -> None:
    contact = create(other_api, tags=["vip"])
    path = f"/contacts/{contact['id']}"
    calls = {
        "get": lambda: api.get(path),
        "patch": lambda: api.patch(path, {"source": "ad"}),
        "delete": lambda: api.delete(path),
        "tag": lambda: api.post(f"{path}/tags", {"tags": ["x"]}),
        "untag": lambda: api.delete(f"{path}/tags/vip"),
        "timeline": lambda: api.get(f"{path}/timeline"),
    }
    assert calls[call]().status == 404
    assert other_api.get(path).body["data"] == contact


def test_creation_tells_everything_the_contact_has(kit: Kit, api: Api) -> None:
    contact = create(api, email="mia@example.com", tags=["vip", "lead"])
    (event,) = told(kit, "contact.")
    assert (event.name, event.entity_id, event.actor_id) == ("contact.created", contact["id"], "usr_ada")
    assert event.data == {**contact, "companyId": None}


def test_change_is_logged_and_told_field_by_field(kit: Kit, api: Api) -> None:
    contact = create(api, source="ad", tags=["vip"])
    api.patch(f"/contacts/{contact['id']}", {"source": "web", "lastName": "Voss"})
    changes = {"source": {"from": "ad", "to": "web"}}
    assert [entry.changes for entry in trail(kit, entity_type="contact", action="updated")] == [changes]
    (event,) = told(kit, "contact.updated")
    assert (event.data["changes"], event.data["tags"]) == (changes, ["vip"])
