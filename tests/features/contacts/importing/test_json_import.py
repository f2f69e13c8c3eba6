import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.contacts.test_contacts import create
from tests.features.records import add_user, told, trail


def run(api: Api, contacts: list[Any], **options: Any) -> dict[str, Any]:
    """Import and return the progress after the job, with the answer's id and total checked."""
    status, body = api.post("/contacts/import", {"contacts": contacts, **options})
    assert status == 202, body
    assert body == {
        "importId": body["importId"],
        "status": "processing",
        "total": len(contacts),
        "created": 0,
        "updated": 0,
        "errors": 0,
    }
    progress: dict[str, Any] = api.get(f"/contacts/import/{body['importId']}").body
    assert list(progress) == [*body, "errorDetails"]
    assert (progress["status"], progress["total"]) == ("completed", len(contacts))
    return progress


def counts(progress: dict[str, Any]) -> tuple[int, int, int]:
    return progress["created"], progress["updated"], progress["errors"]


def by_name(api: Api) -> dict[str, dict[str, Any]]:
    return {contact["firstName"]: contact for contact in api.get("/contacts?limit=100").body["data"]}


def test_new_contacts_are_created(kit: Kit, api: Api) -> None:
    user = add_user(kit, "Noor")
    row = {
        "firstName": "Ana",
        "lastName": "Ruiz",
        "email": "ana@example.com",
        "phone": "+34 911 234 567",
        "company": "Ruiz SL",
        "source": "ad",
        "tags": ["b", "A"],
        "assignedTo": user,
    }
    assert counts(run(api, [row, {"firstName": "Bo", "lastName": "Li"}])) == (2, 0, 0)
    found = by_name(api)
    expected = {
        **row,
        "phone": "+34911234567",
        "tags": ["A", "b"],
        "createdAt": "2026-03-15T10:30:00Z",
        "updatedAt": "2026-03-15T10:30:00Z",
    }
    assert found["Ana"] == {"id": found["Ana"]["id"], **expected}


def test_known_address_is_updated_with_what_is_given(api: Api) -> None:
    known = create(api, email="Mia@example.com", source="ad", phone="+14155552671", tags=["vip"])
    row = {"firstName": "Maria", "email": "MIA@EXAMPLE.COM", "phone": "", "source": None, "company": "Kestrel", "tags": ["new"]}
    assert counts(run(api, [row])) == (0, 1, 0)
    shown = api.get(f"/contacts/{known['id']}").body["data"]
    assert shown == {**known, "firstName": "Maria", "company": "Kestrel", "tags": ["new", "vip"]}


def test_rows_of_one_address_make_one_contact(api: Api) -> None:
    rows = [
        {"firstName": "Ana", "lastName": "Ruiz", "email": "ana@example.com", "tags": ["a"]},
        {"email": "ANA@example.com", "source": "web", "tags": ["b"]},
        {"lastName": "Ruiz-Gil", "email": "ana@example.com"},
    ]
    assert counts(run(api, rows)) == (1, 2, 0)
    (contact,) = api.get("/contacts").body["data"]
    assert (contact["lastName"], contact["source"], contact["tags"]) == ("Ruiz-Gil", "web", ["a", "b"])


def test_rows_without_address_are_always_created(api: Api) -> None:
    row = {"firstName": "Ana", "lastName": "Ruiz"}
    assert counts(run(api, [row, row])) == (2, 0, 0)
    assert counts(run(api, [row])) == (1, 0, 0)
    assert api.get("/contacts").body["meta"]["total"] == 3


def test_of_several_known_contacts_the_oldest_is_updated(api: Api, clock: Any) -> None:
    old = create(api, email="mia@example.com")
    clock.advance(dt.timedelta(days=1))
    young = create(api, email="mia@example.com")
    run(api, [{"email": "mia@example.com", "source": "web"}])
    assert api.get(f"/contacts/{old['id']}").body["data"]["source"] == "web"
    assert api.get(f"/contacts/{young['id']}").body["data"] == young


def test_import_tags_join_each_rows_own(api: Api) -> None:
    rows = [{"firstName": "Ana", "lastName": "R", "tags": ["own"]}, {"firstName": "Bo", "lastName": "L"}]
    run(api, rows, tags=["all", "OWN"])
    found = by_name(api)
    assert (found["Ana"]["tags"], found["Bo"]["tags"]) == (["all", "own"], ["all", "own"])


def test_import_source_fills_only_what_has_none(api: Api) -> None:
    create(api, firstName="Known", email="known@example.com", source="ad")
    create(api, firstName="Blank", email="blank@example.com")
    rows = [
        {"firstName": "Own", "lastName": "X", "source": "row"},
        {"firstName": "None", "lastName": "X"},
        {"email": "known@example.com"},
        {"email": "blank@example.com"},
    ]
    run(api, rows, source="fair")
    assert {name: contact["source"] for name, contact in by_name(api).items()} == {
        "Own": "row",
        "None": "fair",
        "Known": "ad",
        "Blank": "fair",
    }


def test_thousand_rows_are_accepted_and_one_more_is_refused(kit: Kit, api: Api) -> None:
    rows = [{"firstName": "N", "lastName": str(number)} for number in range(1001)]
    status, body = api.post("/contacts/import", {"contacts": rows})
    assert (status, [detail["field"] for detail in body["error"]["details"]]) == (422, ["contacts"])
    assert api.get("/contacts").body["meta"]["total"] == 0
    assert counts(run(api, rows[:1000])) == (1000, 0, 0)
    assert api.get("/contacts").body["meta"]["total"] == 1000


def test_bad_rows_are_counted_and_named_and_stop_no_other(api: Api) -> None:
    rows = [
        {"firstName": "Good", "lastName": "One", "email": "good@example.com"},
        {"firstName": "Bad", "lastName": "Mail", "email": "nobody"},
        {"firstName": "Bad", "lastName": "Phone", "phone": "555 123"},
        {"firstName": "Bad"},
        "no object",
        {"firstName": "Bad", "lastName": "Key", "emial": "x"},
        {"firstName": "Bad", "lastName": "User", "assignedTo": "usr_nobody"},
        {"firstName": "Bad", "lastName": "Company", "companyId": "comp_nobody"},
        {"firstName": "Bad", "lastName": "Field", "customFields": {"nope": 1}},
        {"firstName": 1, "lastName": 2, "tags": "x"},
        {"email": "GOOD@example.com", "source": "web"},
    ]
    progress = run(api, rows)
    assert counts(progress) == (1, 1, 9)
    assert [entry["row"] for entry in progress["errorDetails"]] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10]
    assert sorted((entry["row"], entry["field"]) for entry in progress["errorDetails"]) == [
        (2, "email"),
        (3, "phone"),
        (4, "lastName"),
        (5, ""),
        (6, "emial"),
        (7, "assignedTo"),
        (8, "companyId"),
        (9, "customFields.nope"),
        (10, "firstName"),
        (10, "lastName"),
        (10, "tags"),
    ]
    assert list(progress["errorDetails"][0]) == ["row", "field", "message"]
    assert [contact["firstName"] for contact in api.get("/contacts").body["data"]] == ["Good"]


def test_exported_contact_can_be_imported(api: Api) -> None:
    contact = create(api, email="mia@example.com", tags=["vip"])
    assert counts(run(api, [contact])) == (0, 1, 0)
    assert api.get(f"/contacts/{contact['id']}").body["data"] == contact


def test_phones_without_country_code_need_a_default_region(api: Api) -> None:
    row = {"firstName": "Ana", "lastName": "R", "phone": "(415) 555-2671"}
    assert counts(run(api, [row])) == (0, 0, 1)
    assert counts(run(api, [row], defaultRegion="US")) == (1, 0, 0)
    assert by_name(api)["Ana"]["phone"] == "+14155552671"
    assert counts(run(api, [{**row, "firstName": "Bo", "phone": "0049 30 901820"}])) == (1, 0, 0)
    assert by_name(api)["Bo"]["phone"] == "+4930901820"


@pytest.mark.parametrize("phone", ["555 1234", "(415) 555-2671 ext. 5", "415 555 2671 x77", "ask him"])
def test_phone_that_would_be_kept_without_a_part_of_it_is_refused(api: Api, phone: str) -> None:
    progress = run(api, [{"firstName": "Ana", "lastName": "R", "phone": phone}], defaultRegion="US")

    assert (counts(progress), [detail["field"] for detail in progress["errorDetails"]]) == ((0, 0, 1), ["phone"])
    assert by_name(api) == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "contacts"), ({"contacts": {}}, "contacts"), ({"contacts": [], "tags": "x"}, "tags"), ({"contacts": [], "nope": 1}, "nope")],
)
def test_wrong_request_is_refused_as_a_whole(api: Api, body: dict[str, Any], field: str) -> None:
    status, answer = api.post("/contacts/import", body)
    assert (status, [detail["field"] for detail in answer["error"]["details"]]) == (422, [field])


def test_empty_import_completes(api: Api) -> None:
    assert counts(run(api, [])) == (0, 0, 0)


def test_required_custom_field_makes_rows_without_it_bad(api: Api) -> None:
    api.post("/custom-fields", {"name": "Plan", "key": "plan", "type": "text", "entity": "contact", "required": True})
    rows = [{"firstName": "A", "lastName": "B"}, {"firstName": "C", "lastName": "D", "customFields": {"plan": "x"}}]
    progress = run(api, rows)
    assert counts(progress) == (1, 0, 1)
    assert progress["errorDetails"][0]["field"] == "customFields.plan"


def test_custom_fields_of_a_known_contact_merge(api: Api) -> None:
    for key in ("one", "two"):
        api.post("/custom-fields", {"name": key, "key": key, "type": "number", "entity": "contact"})
    contact = create(api, email="mia@example.com", customFields={"one": 1})
    run(api, [{"email": "mia@example.com", "customFields": {"two": 2}}, {"email": "mia@example.com", "customFields": {"two": 3}}])
    assert api.get(f"/contacts/{contact['id']}").body["data"]["customFields"] == {"one": 1, "two": 3}


def test_imported_contacts_are_linked_to_companies(api: Api) -> None:
    kestrel = api.post("/companies", {"name": "Kestrel"}).body["data"]["id"]
    rows = [{"firstName": "A", "lastName": "B", "company": "KESTREL"}, {"firstName": "C", "lastName": "D", "companyId": kestrel}]
    run(api, rows)
    assert sorted(c["firstName"] for c in api.get(f"/companies/{kestrel}").body["data"]["contacts"]) == ["A", "C"]
    assert by_name(api)["C"]["company"] == "Kestrel"


def test_imported_contacts_are_logged_and_told_for_the_importing_user(kit: Kit, api: Api) -> None:
    known = create(api, email="mia@example.com")
    run(api, [{"firstName": "New", "lastName": "X"}, {"email": "mia@example.com", "source": "web"}, {"email": "bad"}])
    entries = trail(kit, entity_type="contact")
    assert sorted((entry.action, entry.user_id) for entry in entries) == [
        ("created", "usr_ada"),
        ("created", "usr_ada"),
        ("updated", "usr_ada"),
    ]
    assert [entry.changes for entry in entries if entry.action == "updated"] == [{"source": {"from": None, "to": "web"}}]
    assert sorted(event.name for event in told(kit, "contact.")) == ["contact.created", "contact.created", "contact.updated"]
    assert [entry.entity_id for entry in entries if entry.action == "updated"] == [known["id"]]


def test_import_of_another_workspace_is_not_found(api: Api, other_api: Api) -> None:
    started = other_api.post("/contacts/import", {"contacts": []}).body["importId"]
    assert api.get(f"/contacts/import/{started}").status == 404
    assert api.get("/contacts/import/imp_nothing").status == 404


def test_address_in_another_workspace_is_not_touched(api: Api, other_api: Api) -> None:
    foreign = create(other_api, email="mia@example.com")
    assert counts(run(api, [{"firstName": "Mia", "lastName": "Own", "email": "mia@example.com"}])) == (1, 0, 0)
    assert other_api.get(f"/contacts/{foreign['id']}").body["data"] == foreign
