from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.features.bulk import BULK_JOB
from conduyt_kit.kernel.jobs import JOB
from tests.features.bulk.batches import add_contacts, all_contacts, found_workspace, outcome, ran
from tests.features.calls import Api
from tests.features.records import WORKSPACE
from tests.features.sales import add_contact, made, refused

CONTACT_UPDATES: list[tuple[dict[str, Any], list[str]]] = [
    ({"email": "nope"}, ["updates.email"]),
    ({"phone": "123", "firstName": ""}, ["updates.firstName", "updates.phone"]),
    ({"firstName": None}, ["updates.firstName"]),
    ({"sauce": "x"}, ["updates.sauce"]),
    ({"id": "x"}, ["updates.id"]),
    ({"emailKey": "x"}, ["updates.emailKey"]),
    ({"tags": "vip"}, ["updates.tags"]),
    ({"tags": ["  "]}, ["updates.tags[0]"]),
    ({"assignedTo": "usr_nobody"}, ["updates.assignedTo"]),
    ({"companyId": "comp_none", "assignedTo": "usr_nobody"}, ["updates.assignedTo", "updates.companyId"]),
    ({"customFields": {"nope": 1}}, ["updates.customFields.nope"]),
    ({"customFields": {"ships": "three"}}, ["updates.customFields.ships"]),
    ({"customFields": {"ships": None}}, ["updates.customFields.ships"]),
]
DEAL_UPDATES: list[tuple[dict[str, Any], list[str]]] = [
    ({"value": -1}, ["updates.value"]),
    ({"value": "1"}, ["updates.value"]),
    ({"status": "lost?"}, ["updates.status"]),
    ({"expectedCloseDate": "soon"}, ["updates.expectedCloseDate"]),
    ({"stageId": "stage_none"}, ["updates.stageId"]),
    ({"contactId": "none", "companyId": "none"}, ["updates.companyId", "updates.contactId"]),
]


def nothing_started(kit: Kit) -> bool:
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        return unit.repository(BULK_JOB).count() == 0 and not [j for j in unit.repository(JOB).all() if j.kind.startswith("bulk")]


@pytest.mark.parametrize(("updates", "fields"), CONTACT_UPDATES, ids=[str(updates) for updates, _ in CONTACT_UPDATES])
def test_bad_contact_updates_are_refused_before_anything_happens(kit: Kit, api: Api, updates: dict[str, Any], fields: list[str]) -> None:
    made(api, "/custom-fields", {"name": "Ships", "key": "ships", "type": "number", "entity": "contact", "required": True})
    contact = add_contact(api, customFields={"ships": 1})

    answer = api.post("/bulk/contacts/update", {"ids": [contact["id"]], "updates": updates})

    assert (answer.status, sorted(refused(answer)[1])) == (422, fields)
    assert api.get(f"/contacts/{contact['id']}").body["data"] == contact
    assert nothing_started(kit)


@pytest.mark.parametrize(("updates", "fields"), DEAL_UPDATES, ids=[str(updates) for updates, _ in DEAL_UPDATES])
def test_bad_deal_updates_are_refused_before_anything_happens(kit: Kit, api: Api, updates: dict[str, Any], fields: list[str]) -> None:
    answer = api.post("/bulk/deals/update", {"ids": ["deal_1"], "updates": updates})

    assert (answer.status, sorted(refused(answer)[1])) == (422, fields)
    assert nothing_started(kit)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("contacts/update", {"updates": {}}),
        ("contacts/delete", {}),
        ("contacts/tag", {"tags": ["x"]}),
        ("deals/update", {"updates": {}}),
        ("deals/delete", {}),
    ],
)
@pytest.mark.parametrize(
    ("ids", "fields"),
    [
        ([], ["ids"]),
        (["a"] * 1001, ["ids"]),
        (None, ["ids"]),
        ("a", ["ids"]),
        ([1, ""], ["ids[0]", "ids[1]"]),
        (["a", None], ["ids[1]"]),
    ],
    ids=["none", "1001", "null", "text", "bad items", "null item"],
)
def test_ids_must_be_one_to_a_thousand_texts(kit: Kit, api: Api, path: str, more: dict[str, Any], ids: Any, fields: list[str]) -> None:
    assert refused(api.post(f"/bulk/{path}", {"ids": ids, **more})) == (422, fields)
    assert nothing_started(kit)


def test_missing_parts_are_named(kit: Kit, api: Api) -> None:
    assert refused(api.post("/bulk/contacts/update", {})) == (422, ["ids", "updates"])
    assert refused(api.post("/bulk/contacts/update", {"ids": ["a"], "updates": []})) == (422, ["updates"])
    assert refused(api.post("/bulk/contacts/tag", {"ids": ["a"]})) == (422, ["tags"])
    assert refused(api.post("/bulk/contacts/tag", {"ids": ["a"], "tags": []})) == (422, ["tags"])
    assert refused(api.post("/bulk/contacts/tag", {"ids": ["a"], "tags": ["ok", " "]})) == (422, ["tags[1]"])
    assert refused(api.post("/bulk/contacts/delete", {"ids": ["a"], "where": "all"})) == (422, ["where"])
    assert nothing_started(kit)
    assert api.get("/tags").body["data"] == []


def test_refused_operation_makes_no_tags(kit: Kit, api: Api) -> None:
    answer = api.post("/bulk/contacts/update", {"ids": ["a"], "updates": {"tags": ["new"], "assignedTo": "usr_nobody"}})

    assert refused(answer) == (422, ["updates.assignedTo"])
    assert api.get("/tags").body["data"] == []


def test_reference_to_another_workspaces_record_is_refused(api: Api, other_api: Api) -> None:
    theirs = made(other_api, "/companies", {"name": "Fjord Line"})

    answer = api.post("/bulk/contacts/update", {"ids": ["a"], "updates": {"companyId": theirs["id"]}})

    assert refused(answer) == (422, ["updates.companyId"])


def test_thousand_contacts_are_taken(kit: Kit, api: Api) -> None:
    found_workspace(kit)
    ids = add_contacts(kit, 1000)

    assert outcome(ran(api, "contacts/update", ids, updates={"source": "fair"})) == ("completed", 1000, 1000, 0)

    assert {contact["source"] for contact in all_contacts(api).values()} == {"fair"}
