import datetime as dt

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.contacts import Contacts, tagging
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Contention
from tests.features.calls import Api
from tests.features.contacts.test_contacts import create
from tests.features.records import WORKSPACE, told, trail


def tags_of(api: Api, contact: dict[str, object]) -> list[str]:
    tags = api.get(f"/contacts/{contact['id']}").body["data"]["tags"]
    assert isinstance(tags, list)
    return tags


def test_tags_are_created_on_the_way(api: Api) -> None:
    contact = create(api, tags=["vip"])
    status, body = api.post(f"/contacts/{contact['id']}/tags", {"tags": ["q2", "VIP"]})
    assert (status, body) == (200, {"data": {**contact, "tags": ["q2", "vip"]}})
    assert [tag["name"] for tag in api.get("/tags").body["data"]] == ["q2", "vip"]


def test_adding_a_tag_moves_updated_at_and_is_logged_and_told(kit: Kit, api: Api, clock: FrozenClock) -> None:
    contact = create(api, tags=["vip"])
    clock.advance(dt.timedelta(minutes=1))
    assert api.post(f"/contacts/{contact['id']}/tags", {"tags": ["q2"]}).body["data"]["updatedAt"] == "2026-03-15T10:31:00Z"
    changes = {"tags": {"from": ["vip"], "to": ["q2", "vip"]}}
    assert [entry.changes for entry in trail(kit, entity_type="contact", action="updated")] == [changes]
    updated, tagged = sorted(told(kit, "contact.")[1:], key=lambda event: event.name, reverse=True)
    assert (updated.name, updated.data["changes"], updated.data["tags"]) == ("contact.updated", changes, ["q2", "vip"])
    assert (tagged.name, tagged.data) == ("contact.tagged", {"contactId": contact["id"], "added": ["q2"], "tags": ["q2", "vip"]})


def test_adding_a_tag_twice_changes_nothing(kit: Kit, api: Api, clock: FrozenClock) -> None:
    contact = create(api, tags=["vip"])
    clock.advance(dt.timedelta(minutes=1))
    assert api.post(f"/contacts/{contact['id']}/tags", {"tags": ["VIP", "vip"]}) == (200, {"data": contact})
    assert [entry.action for entry in trail(kit, entity_type="contact")] == ["created"]
    assert [event.name for event in told(kit, "contact.")] == ["contact.created"]


def test_no_tags_to_add_is_refused(api: Api) -> None:
    contact = create(api)
    bodies: tuple[dict[str, object], ...] = ({"tags": []}, {}, {"tags": None})
    for body in bodies:
        assert api.post(f"/contacts/{contact['id']}/tags", body).body["error"]["details"][0]["field"] == "tags"


def test_tags_cannot_be_added_to_an_unknown_contact(api: Api) -> None:
    assert api.post("/contacts/nobody/tags", {"tags": ["vip"]}).status == 404
    assert api.get("/tags").body["data"] == []


def test_tag_is_removed_by_id_and_stays_in_the_workspace(kit: Kit, api: Api) -> None:
    contact = create(api, tags=["vip", "lead"])
    tag = api.get("/tags?search=vip").body["data"][0]
    assert api.delete(f"/contacts/{contact['id']}/tags/{tag['id']}") == (204, None)
    assert tags_of(api, contact) == ["lead"]
    assert api.get(f"/tags/{tag['id']}").body["data"]["contactCount"] == 0
    assert [entry.changes for entry in trail(kit, entity_type="contact", action="updated")] == [
        {"tags": {"from": ["lead", "vip"], "to": ["lead"]}}
    ]
    assert [event.name for event in told(kit, "contact.")] == ["contact.created", "contact.updated"]


def test_tag_is_removed_by_name_if_no_id_matches(api: Api) -> None:
    contact = create(api, tags=["Vip"])
    assert api.delete(f"/contacts/{contact['id']}/tags/VIP").status == 204
    assert tags_of(api, contact) == []


def test_removing_a_tag_the_contact_lacks_changes_nothing(kit: Kit, api: Api) -> None:
    contact = create(api, tags=["vip"])
    api.post("/tags", {"name": "lead"})
    assert api.delete(f"/contacts/{contact['id']}/tags/lead").status == 204
    assert tags_of(api, contact) == ["vip"]
    assert [entry.action for entry in trail(kit, entity_type="contact")] == ["created"]


def test_removing_an_unknown_tag_is_not_found(api: Api) -> None:
    contact = create(api, tags=["vip"])
    assert api.delete(f"/contacts/{contact['id']}/tags/nope").status == 404
    assert api.delete("/contacts/nobody/tags/vip").status == 404
    assert tags_of(api, contact) == ["vip"]


def test_patch_replaces_the_set_in_one_change(kit: Kit, api: Api) -> None:
    contact = create(api, source="ad", tags=["a", "b"])
    body = api.patch(f"/contacts/{contact['id']}", {"tags": ["B", "c"], "source": "web"}).body
    assert (body["data"]["tags"], body["data"]["source"]) == (["b", "c"], "web")
    changes = {"source": {"from": "ad", "to": "web"}, "tags": {"from": ["a", "b"], "to": ["b", "c"]}}
    assert [entry.changes for entry in trail(kit, entity_type="contact", action="updated")] == [changes]
    names = sorted(event.name for event in told(kit, "contact."))
    assert names == ["contact.created", "contact.tagged", "contact.updated"]


def test_patch_with_an_empty_set_removes_all(api: Api) -> None:
    contact = create(api, tags=["a", "b"])
    assert api.patch(f"/contacts/{contact['id']}", {"tags": []}).body["data"]["tags"] == []


def test_same_tag_in_two_spellings_is_one(api: Api) -> None:
    assert create(api, tags=["Vip", "VIP", " vip"])["tags"] == ["Vip"]


def test_unlocked_change_of_an_old_reading_is_refused(kit: Kit, api: Api, clock: FrozenClock) -> None:
    contact = create(api, tags=["vip"])
    with kit.unit_of_work(WORKSPACE) as unit:
        old = unit[Contacts].get(str(contact["id"]))
    clock.advance(dt.timedelta(seconds=1))
    changed = api.post(f"/contacts/{contact['id']}/tags", {"tags": ["new"]}).body["data"]
    tags = old.related["tags"]
    with pytest.raises(Contention), kit.unit_of_work(WORKSPACE) as unit:
        tagging.write(unit, old.record, {"source": "late"}, tags, tags, locked=False)
    assert api.get(f"/contacts/{contact['id']}").body["data"] == changed
