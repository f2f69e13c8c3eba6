import uuid
from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.bulk.batches import add_contacts, all_contacts, outcome, ran, started
from tests.features.calls import Api
from tests.features.records import ADA, add_user, told, trail
from tests.features.sales import add_contact, made


def test_operation_answers_before_any_record_is_handled(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, 3)

    job = started(api, "contacts/update", ids, updates={"source": "fair"})

    assert job == {"jobId": job["jobId"], "status": "processing", "total": 3, "processed": 0, "errors": 0}
    assert job["jobId"].startswith("job_")


def test_update_changes_the_given_fields_of_all_contacts_and_no_others(kit: Kit, api: Api) -> None:
    user = add_user(kit, "Bob")
    ids = add_contacts(kit, 4)
    before = all_contacts(api)

    job = ran(api, "contacts/update", ids[:3], updates={"source": "fair", "assignedTo": user})

    assert job == {"jobId": job["jobId"], "status": "completed", "total": 3, "processed": 3, "errors": 0, "errorDetails": []}
    changed = {id: before[id] | {"source": "fair", "assignedTo": user} for id in ids[:3]}
    assert all_contacts(api) == before | changed


def test_update_takes_every_kind_of_field_that_a_patch_takes(api: Api) -> None:
    made(api, "/custom-fields", {"name": "Ships", "key": "ships", "type": "number", "entity": "contact"})
    made(api, "/custom-fields", {"name": "Port", "key": "port", "type": "text", "entity": "contact"})
    company = made(api, "/companies", {"name": "Fjord Line"})
    contact = add_contact(api, tags=["old"], customFields={"port": "Bergen"}, phone="+4722856000")
    updates = {"company": "fjord line", "tags": ["new"], "customFields": {"ships": 3}, "phone": None}

    assert outcome(ran(api, "contacts/update", [contact["id"]], updates=updates)) == ("completed", 1, 1, 0)

    found = api.get(f"/contacts/{contact['id']}").body["data"]
    assert (found["company"], found["tags"], found["phone"]) == ("fjord line", ["new"], None)
    assert found["customFields"] == {"port": "Bergen", "ships": 3}
    assert [linked["id"] for linked in api.get(f"/companies/{company['id']}").body["data"]["contacts"]] == [contact["id"]]


def test_update_is_logged_and_told_per_contact_in_the_name_of_who_asked(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, 3)

    ran(api, "contacts/update", ids, updates={"source": "fair"})

    entries = trail(kit, entity_type="contact", action="updated")
    assert [(entry.entity_id, entry.user_id, entry.user_name) for entry in entries] == [(id, ADA.id, ADA.name) for id in sorted(ids)]
    assert [entry.changes for entry in entries] == [{"source": {"from": None, "to": "fair"}}] * 3
    assert [event.entity_id for event in told(kit, "contact.updated")] == sorted(ids)


def test_contact_that_has_the_values_already_is_handled_without_a_trace(kit: Kit, api: Api) -> None:
    contact = add_contact(api, source="fair")

    assert outcome(ran(api, "contacts/update", [contact["id"]], updates={"source": "fair"})) == ("completed", 1, 1, 0)

    assert told(kit, "contact.updated") == []
    assert api.get(f"/contacts/{contact['id']}").body["data"] == contact


def test_id_given_twice_is_handled_and_counted_once(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, 2)

    job = ran(api, "contacts/delete", [ids[0], ids[1], ids[0], f"con_{ids[1]}"])

    assert outcome(job) == ("completed", 2, 2, 0)


def test_unknown_ids_count_as_errors_and_stop_no_other(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, 2)
    unknown = str(uuid.uuid4())

    job = ran(api, "contacts/update", [ids[0], unknown, ids[1]], updates={"source": "fair"})

    assert outcome(job) == ("completed", 3, 3, 1)
    message = f"No contact with the id '{unknown}' exists in this workspace"
    assert job["errorDetails"] == [{"id": unknown, "field": "id", "message": message}]
    assert [contact["source"] for contact in all_contacts(api).values()] == ["fair", "fair"]


def test_operation_on_unknown_ids_alone_completes_with_errors_only(api: Api) -> None:
    assert outcome(ran(api, "contacts/tag", ["a", "b"], tags=["x"])) == ("completed", 2, 2, 2)


@pytest.mark.parametrize(
    ("what", "more"), [("contacts/update", {"updates": {"source": "x"}}), ("contacts/delete", {}), ("contacts/tag", {"tags": ["x"]})]
)
def test_contacts_of_another_workspace_are_unknown(kit: Kit, api: Api, other_api: Api, what: str, more: dict[str, Any]) -> None:
    ids = add_contacts(kit, 2)
    before = all_contacts(api)

    assert outcome(ran(other_api, what, ids, **more)) == ("completed", 2, 2, 2)

    assert all_contacts(api) == before


def test_delete_takes_what_belongs_to_the_contacts_alone_with_them(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, 3)
    for id in ids:
        made(api, "/notes", {"content": "x", "contactId": id})
        made(api, "/tasks", {"title": "x", "contactId": id})

    assert outcome(ran(api, "contacts/delete", ids[:2])) == ("completed", 2, 2, 0)

    assert list(all_contacts(api)) == [ids[2]]
    assert [note["contactId"] for note in api.get("/notes").body["data"]] == [ids[2]]
    assert [task["contactId"] for task in api.get("/tasks").body["data"]] == [ids[2]]
    deleted = trail(kit, entity_type="contact", action="deleted")
    assert sorted((entry.entity_id, entry.user_name) for entry in deleted) == [(id, ADA.name) for id in sorted(ids[:2])]
    assert len(trail(kit, entity_type="note", action="deleted")) == 2
    assert sorted(str(event.entity_id) for event in told(kit, "contact.deleted")) == sorted(ids[:2])


def test_tags_are_added_to_those_that_are_there_and_made_where_they_are_missing(api: Api) -> None:
    made(api, "/tags", {"name": "VIP"})
    first, second = add_contact(api, tags=["old"]), add_contact(api)

    assert outcome(ran(api, "contacts/tag", [first["id"], second["id"]], tags=["vip", "new"])) == ("completed", 2, 2, 0)

    tags = {id: contact["tags"] for id, contact in all_contacts(api).items()}
    assert tags == {first["id"]: ["VIP", "new", "old"], second["id"]: ["VIP", "new"]}
    assert sorted(tag["name"] for tag in api.get("/tags").body["data"]) == ["VIP", "new", "old"]


def test_contact_that_has_the_tags_already_is_not_told_of(kit: Kit, api: Api) -> None:
    first, second = add_contact(api, tags=["vip"]), add_contact(api)

    ran(api, "contacts/tag", [first["id"], second["id"]], tags=["vip"])

    assert [event.entity_id for event in told(kit, "contact.tagged")] == [second["id"]]


def test_contacts_answer_to_their_alias(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, 1)

    assert outcome(ran(api, "contacts/update", [f"con_{ids[0]}"], updates={"source": "fair"})) == ("completed", 1, 1, 0)

    assert all_contacts(api)[ids[0]]["source"] == "fair"


def test_repeated_request_with_the_same_key_starts_one_job(kit: Kit, api: Api) -> None:
    ids = add_contacts(kit, 1)
    body = b'{"ids": ["%s"]}' % ids[0].encode()
    headers = {"content-type": "application/json", "idempotency-key": "once"}

    first = api.send("POST", "/bulk/contacts/delete", body, headers)
    second = api.send("POST", "/bulk/contacts/delete", body, headers)

    assert (first.status, second.body) == (202, first.body)
    assert len(trail(kit, entity_type="contact", action="deleted")) == 1
