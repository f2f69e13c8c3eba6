import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.features.calls import Api
from tests.features.contacts.test_contacts import LIST_KEYS, create
from tests.features.records import add_user


def found(api: Api, query: str) -> list[str]:
    status, body = api.get(f"/contacts?{query}")
    assert status == 200, body
    assert body["meta"]["total"] == len(body["data"])
    return sorted(contact["firstName"] for contact in body["data"])


@pytest.fixture
def people(api: Api, clock: FrozenClock) -> dict[str, dict[str, Any]]:
    """Three contacts, created on three days from 2026-03-15 10:30 on."""
    rows: list[dict[str, Any]] = [
        {"firstName": "Ana", "lastName": "Ruiz", "email": "ana@ruiz.example", "phone": "+34911234567", "source": "ad", "tags": ["VIP"]},
        {"firstName": "Béla", "lastName": "Kun", "email": "B.Kun@example.com", "source": "website", "tags": ["vip", "lead"]},
        {"firstName": "Cleo", "lastName": "O’Hara", "source": "Website", "tags": ["vipers"]},
    ]
    made = {}
    for row in rows:
        made[row["firstName"]] = create(api, **row)
        clock.advance(dt.timedelta(days=1))
    return made


def test_list_has_the_documented_keys_newest_first(api: Api, people: dict[str, dict[str, Any]]) -> None:
    body = api.get("/contacts").body
    assert [list(contact) for contact in body["data"]] == [LIST_KEYS] * 3
    assert [contact["firstName"] for contact in body["data"]] == ["Cleo", "Béla", "Ana"]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 3, "totalPages": 1}
    single = dict(people["Béla"])
    single.pop("customFields")
    assert body["data"][1] == single


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("ana", ["Ana"]),
        ("ANA RU", ["Ana"]),
        ("BÉLA", ["Béla"]),
        ("kun@EX", ["Béla"]),
        ("9112", ["Ana"]),
        ("%2B34911234567", ["Ana"]),
        ("%2B34 (91) 123-45", ["Ana"]),
        ("(", []),
        ("%2B (", []),
        ("o’h", ["Cleo"]),
        ("u", ["Ana", "Béla"]),
        ("%25", []),
        ("_", []),
        ("ruiz ana", []),
        ("nobody", []),
        ("", ["Ana", "Béla", "Cleo"]),
    ],
)
def test_search_looks_at_name_email_and_phone(api: Api, people: dict[str, Any], search: str, names: list[str]) -> None:
    assert found(api, f"search={search.replace(' ', '+')}") == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("tag=vip", ["Ana", "Béla"]),
        ("tag=VIP", ["Ana", "Béla"]),
        ("tag=vi", []),
        ("tag=unknown", []),
        ("source=website", ["Béla"]),
        ("source=web", []),
        ("tag=vip&source=ad", ["Ana"]),
        ("tag=lead&search=ana", []),
        ("created_after=2026-03-16", ["Béla", "Cleo"]),
        ("createdAfter=2026-03-16", ["Béla", "Cleo"]),
        ("created_after=2026-03-16T10:30:00Z", ["Béla", "Cleo"]),
        ("created_after=2026-03-16T10:30:01Z", ["Cleo"]),
        ("created_before=2026-03-16", ["Ana"]),
        ("created_before=2026-03-16T10:30:00Z", ["Ana"]),
        ("created_before=2026-03-16T11:30:01%2B01:00", ["Ana", "Béla"]),
        ("created_after=2026-03-16&created_before=2026-03-17", ["Béla"]),
        ("assigned_to=usr_nobody", []),
        ("unknown=1", ["Ana", "Béla", "Cleo"]),
    ],
)
def test_filters_are_exact_and_combine(api: Api, people: dict[str, Any], query: str, names: list[str]) -> None:
    assert found(api, query) == names


@pytest.mark.parametrize("name", ["assigned_to", "assignedTo"])
def test_assigned_user_is_a_filter_in_both_spellings(kit: Kit, api: Api, name: str) -> None:
    user = add_user(kit, "Noor")
    create(api, firstName="Hers", assignedTo=user)
    create(api, firstName="Nobodys")
    assert found(api, f"{name}={user}") == ["Hers"]


@pytest.mark.parametrize("query", ["page=0", "page=x", "limit=0", "limit=1.5", "created_after=yesterday", "created_before=2026-13-01"])
def test_bad_query_values_are_malformed(api: Api, query: str) -> None:
    status, body = api.get(f"/contacts?{query}")
    assert (status, body["error"]["code"]) == (400, "invalid_request")
    assert body["error"]["details"][0]["field"] == query.partition("=")[0]


def test_limit_above_the_largest_is_cut(api: Api, people: dict[str, Any]) -> None:
    assert api.get("/contacts?limit=1000").body["meta"] == {"page": 1, "limit": 100, "total": 3, "totalPages": 1}


def test_page_past_the_end_is_empty_with_the_total(api: Api, people: dict[str, Any]) -> None:
    assert api.get("/contacts?page=9&limit=2").body == {"data": [], "meta": {"page": 9, "limit": 2, "total": 3, "totalPages": 2}}


def test_cursor_walks_through_all_in_the_asked_order(api: Api, people: dict[str, Any]) -> None:
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        body = api.get(f"/contacts?sort=firstName&limit=2&cursor={cursor}").body
        names += [contact["firstName"] for contact in body["data"]]
        cursor = body["meta"]["nextCursor"]
    assert names == ["Ana", "Béla", "Cleo"]


def test_other_workspace_sees_none(other_api: Api, people: dict[str, Any]) -> None:
    assert other_api.get("/contacts?search=ana").body["data"] == []
    assert other_api.get("/contacts").body["meta"]["total"] == 0
