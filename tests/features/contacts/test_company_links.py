from typing import Any

import pytest

from tests.features.calls import Api
from tests.features.contacts.test_contacts import create


def company(api: Api, name: str = "Kestrel Freight") -> str:
    id = api.post("/companies", {"name": name}).body["data"]["id"]
    assert isinstance(id, str)
    return id


def linked(api: Api, company_id: str) -> list[str]:
    body = api.get(f"/companies/{company_id}").body["data"]
    listed = {item["id"]: item["contactCount"] for item in api.get("/companies").body["data"]}
    assert body["contactCount"] == listed[company_id] == len(body["contacts"])
    return sorted(contact["firstName"] for contact in body["contacts"])


@pytest.mark.parametrize("text", ["Kestrel Freight", " kestrel  FREIGHT "])
def test_contact_is_linked_to_the_company_of_its_text(api: Api, text: str) -> None:
    kestrel = company(api)
    assert create(api, company=text)["company"] == text
    assert linked(api, kestrel) == ["Mia"]


def test_new_company_finds_contacts_that_name_it(api: Api) -> None:
    create(api, company="kestrel freight")
    create(api, firstName="Other", company="Kestrel")
    assert linked(api, company(api)) == ["Mia"]


def test_renamed_company_finds_contacts_that_name_it_and_keeps_those_it_has(api: Api) -> None:
    kestrel = company(api)
    create(api, firstName="Old", company="Kestrel Freight")
    create(api, firstName="New", company="Kestrel Group")
    api.patch(f"/companies/{kestrel}", {"name": "Kestrel Group"})
    assert linked(api, kestrel) == ["New", "Old"]


def test_change_of_other_company_fields_links_nobody_anew(api: Api) -> None:
    kestrel = company(api)
    contact = create(api, company="Kestrel Freight")
    api.patch(f"/contacts/{contact['id']}", {"companyId": None})
    api.patch(f"/companies/{kestrel}", {"industry": "Logistics"})
    assert linked(api, kestrel) == []


def test_link_follows_the_text(api: Api) -> None:
    kestrel, harbor = company(api), company(api, "Harbor")
    contact = create(api, company="Kestrel Freight")
    api.patch(f"/contacts/{contact['id']}", {"company": "harbor"})
    assert (linked(api, kestrel), linked(api, harbor)) == ([], ["Mia"])
    api.patch(f"/contacts/{contact['id']}", {"company": "Nobody Ltd"})
    assert linked(api, harbor) == []


def test_company_is_never_created_by_a_contact(api: Api) -> None:
    create(api, company="Nobody Ltd")
    assert api.get("/companies").body["data"] == []


def test_given_company_id_wins_over_the_text(api: Api) -> None:
    kestrel, harbor = company(api), company(api, "Harbor")
    assert create(api, company="Kestrel Freight", companyId=harbor)["company"] == "Kestrel Freight"
    assert (linked(api, kestrel), linked(api, harbor)) == ([], ["Mia"])


def test_given_company_id_alone_brings_the_name(api: Api) -> None:
    kestrel = company(api)
    contact = create(api)
    assert api.patch(f"/contacts/{contact['id']}", {"companyId": kestrel}).body["data"]["company"] == "Kestrel Freight"
    assert linked(api, kestrel) == ["Mia"]


def test_company_of_another_workspace_is_neither_linked_nor_accepted(api: Api, other_api: Api) -> None:
    foreign = company(other_api)
    create(api, company="Kestrel Freight")
    assert linked(other_api, foreign) == []
    status, body = api.post("/contacts", {"firstName": "A", "lastName": "B", "companyId": foreign})
    assert (status, body["error"]["details"][0]["field"]) == (422, "companyId")


def test_of_two_companies_of_one_name_the_older_is_linked(api: Api) -> None:
    first, second = company(api), company(api)
    create(api, company="Kestrel Freight")
    assert (linked(api, first), linked(api, second)) == (["Mia"], [])


def test_deleted_company_leaves_contacts_with_their_text(api: Api) -> None:
    kestrel = company(api)
    contact = create(api, company="Kestrel Freight")
    assert api.delete(f"/companies/{kestrel}").status == 204
    kept: dict[str, Any] = api.get(f"/contacts/{contact['id']}").body["data"]
    assert kept["company"] == "Kestrel Freight"
    assert linked(api, company(api)) == ["Mia"]
