import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.contacts.test_contacts import create as create_contact
from tests.features.records import trail

LIST_KEYS = ["id", "name", "domain", "industry", "size", "contactCount", "createdAt"]
SIZES = ["1-10", "11-50", "51-200", "201-500", "500+"]


def create(api: Api, name: str = "Kestrel Freight", **more: Any) -> dict[str, Any]:
    status, body = api.post("/companies", {"name": name, **more})
    assert status == 201, body
    company: dict[str, Any] = body["data"]
    return company


def test_company_is_created_in_the_documented_shape(api: Api) -> None:
    address = {"street": "Kade 1", "city": "Rotterdam", "state": "ZH", "zip": "3011", "country": "NL"}
    given: dict[str, Any] = {"domain": "kestrel.example", "industry": "Logistics", "size": "201-500", "address": address}
    company = create(api, **given)
    assert [key for key in company if key in [*LIST_KEYS, "address", "contacts"]] == [*LIST_KEYS, "address", "contacts"]
    assert {key: company[key] for key in given} == given
    assert (company["contactCount"], company["contacts"], company["createdAt"]) == (0, [], "2026-03-15T10:30:00Z")
    assert company["id"].startswith("comp_")
    assert api.get(f"/companies/{company['id']}").body["data"] == company


def test_list_has_the_documented_keys_newest_first(api: Api, clock: FrozenClock) -> None:
    create(api, "Old")
    clock.advance(dt.timedelta(days=1))
    create(api, "New")
    body = api.get("/companies").body
    assert [(list(company), company["name"]) for company in body["data"]] == [(LIST_KEYS, "New"), (LIST_KEYS, "Old")]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}


def test_contacts_are_counted_and_shown(api: Api) -> None:
    company = create(api)
    ids = [create_contact(api, firstName=name, company="kestrel freight")["id"] for name in ("Ana", "Bo")]
    create_contact(api, company="Other")
    shown = api.get(f"/companies/{company['id']}").body["data"]
    assert shown["contactCount"] == 2
    assert sorted(contact["id"] for contact in shown["contacts"]) == sorted(ids)
    assert api.get("/companies").body["data"][0]["contactCount"] == 2
    api.delete(f"/contacts/{ids[0]}")
    assert api.get("/companies").body["data"][0]["contactCount"] == 1


@pytest.mark.parametrize("size", SIZES)
def test_documented_sizes_are_accepted(api: Api, size: str) -> None:
    assert create(api, size=size)["size"] == size


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"size": "12"}, "size"),
        ({"size": "500"}, "size"),
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"address": "Kade 1"}, "address"),
        ({"address": {"city": 7}}, "address.city"),
        ({"address": {"town": "R"}}, "address.town"),
        ({"domian": "x"}, "domian"),
        ({"customFields": {"nope": 1}}, "customFields.nope"),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_written(api: Api, change: dict[str, Any], field: str) -> None:
    status, body = api.post("/companies", {"name": "K", **change})
    assert (status, [detail["field"] for detail in body["error"]["details"]]) == (422, [field])
    assert api.get("/companies").body["data"] == []


@pytest.mark.parametrize(
    ("search", "names"),
    [("KES", ["Kestrel Freight"]), ("freight", ["Kestrel Freight"]), ("r", ["Harbor", "Kestrel Freight"]), ("logistics", [])],
)
def test_search_looks_at_the_name(api: Api, search: str, names: list[str]) -> None:
    create(api, industry="Logistics")
    create(api, "Harbor")
    body = api.get(f"/companies?search={search}").body
    assert (sorted(company["name"] for company in body["data"]), body["meta"]["total"]) == (names, len(names))


def test_patch_changes_only_what_is_given_and_null_clears(api: Api, clock: FrozenClock) -> None:
    company = create(api, domain="k.example", size="1-10", address={"city": "Lyon"})
    clock.advance(dt.timedelta(minutes=5))
    status, body = api.patch(f"/companies/{company['id']}", {"size": None, "industry": "Food"})
    assert status == 200
    assert body["data"] == {**company, "size": None, "industry": "Food", "updatedAt": "2026-03-15T10:35:00Z"}
    assert api.patch(f"/companies/{company['id']}", body["data"]) == (200, body)


def test_deleted_company_releases_its_contacts(kit: Kit, api: Api) -> None:
    company = create(api)
    contact = create_contact(api, company="Kestrel Freight")
    assert api.delete(f"/companies/{company['id']}") == (204, None)
    assert api.get(f"/companies/{company['id']}").status == 404
    assert api.get(f"/contacts/{contact['id']}").body["data"]["company"] == "Kestrel Freight"
    (entry,) = trail(kit, entity_type="contact", action="updated")
    assert entry.changes == {"companyId": {"from": company["id"], "to": None}}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_company_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str) -> None:
    company = create(other_api)
    assert api.call(method, f"/companies/{company['id']}", {"name": "x"} if method == "PATCH" else None).status == 404
    assert other_api.get(f"/companies/{company['id']}").body["data"] == company


def test_creation_change_and_deletion_are_logged(kit: Kit, api: Api) -> None:
    company = create(api)
    api.patch(f"/companies/{company['id']}", {"name": "Kestrel", "address": {"city": "Lyon"}})
    api.delete(f"/companies/{company['id']}")
    entries = trail(kit, entity_type="company")
    assert [entry.action for entry in entries] == ["created", "updated", "deleted"]
    changes = entries[1].changes
    assert changes is not None
    assert changes["name"] == {"from": "Kestrel Freight", "to": "Kestrel"}
    assert changes["address"]["to"]["city"] == "Lyon"
    assert set(changes) == {"name", "address"}
