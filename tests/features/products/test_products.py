import datetime as dt
from typing import Any

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from tests.api.documented import differences, documented
from tests.features.calls import Api
from tests.features.records import told, trail
from tests.features.sales import made, refused

KEYS = ["id", "name", "description", "price", "sku", "unit", "taxable", "active", "createdAt", "updatedAt"]


def add_product(api: Api, **more: Any) -> dict[str, Any]:
    return made(api, "/products", {"name": "Mooring", "price": 2500}, **more)


def test_product_is_created_active_and_taxable(api: Api) -> None:
    product = add_product(api)
    assert list(product) == KEYS
    assert product == {
        "id": product["id"],
        "name": "Mooring",
        "description": None,
        "price": 2500,
        "sku": None,
        "unit": None,
        "taxable": True,
        "active": True,
        "createdAt": "2026-03-15T10:30:00Z",
        "updatedAt": "2026-03-15T10:30:00Z",
    }
    assert product["id"].startswith("prod_")
    assert api.get(f"/products/{product['id']}").body["data"] == product


@pytest.mark.parametrize("price", [0, 0.01, 145.5, 0.0001, 999_999_999.9999])
def test_price_is_kept_in_dollars(api: Api, price: float) -> None:
    assert add_product(api, price=price)["price"] == price
    assert api.get("/products").body["data"][0]["price"] == price


@pytest.mark.parametrize(("given", "kept"), [(18.90005, 18.9001), (0.00004, 0), (1e-30, 0), (0.1 + 0.2, 0.3)])
def test_price_with_too_many_places_is_rounded(api: Api, given: float, kept: float) -> None:
    assert add_product(api, price=given)["price"] == kept


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"price": -0.01}, ["price"]),
        ({"price": "2500"}, ["price"]),
        ({"price": 1e10}, ["price"]),
        ({"price": None}, ["price"]),
        ({"taxable": "yes"}, ["taxable"]),
        ({"active": 1}, ["active"]),
        ({"sku": 7}, ["sku"]),
        ({"currency": "EUR"}, ["currency"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_wrong_field_is_named_and_nothing_changes(kit: Kit, api: Api, method: str, change: dict[str, Any], fields: list[str]) -> None:
    product = add_product(api)
    path = "/products" if method == "POST" else f"/products/{product['id']}"
    body = {"name": "x", "price": 1, **change} if method == "POST" else change
    assert refused(api.call(method, path, body)) == (422, fields)
    assert api.get("/products").body["data"] == [product]
    assert len(trail(kit, entity_type="product")) == 1


def test_list_has_the_documented_shape_newest_first(api: Api, clock: FrozenClock) -> None:
    add_product(api, name="Old")
    clock.advance(dt.timedelta(seconds=1))
    add_product(api, name="New", description="d", sku="s", unit="hour")
    body = api.get("/products").body
    assert [(list(product), product["name"]) for product in body["data"]] == [(KEYS, "New"), (KEYS, "Old")]
    assert body["meta"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert differences(documented("GET", "/products").reply, body) == []


def test_search_looks_at_name_and_sku_and_combines_with_active(api: Api) -> None:
    add_product(api, name="Mooring", sku="BERTH-1", description="water")
    add_product(api, name="Berth cleaning", sku="CLEAN-1", active=False)
    add_product(api, name="Water", sku="H2O")

    def names(query: str) -> list[str]:
        status, body = api.get(f"/products?{query}")
        assert (status, body["meta"]["total"]) == (200, len(body["data"]))
        return sorted(product["name"] for product in body["data"])

    assert names("search=berth") == ["Berth cleaning", "Mooring"]
    assert names("search=h2o") == names("search=WAT") == ["Water"]
    assert names("search=berth&active=true") == ["Mooring"]
    assert names("active=false") == ["Berth cleaning"]
    assert names("active=true") == ["Mooring", "Water"]
    assert names("search=nothing") == []
    assert api.get("/products?active=maybe").status == 400


def test_patch_changes_only_what_is_given_and_null_clears(api: Api, clock: FrozenClock) -> None:
    product = add_product(api, sku="M-1", unit="month", description="x")
    clock.advance(dt.timedelta(minutes=5))
    status, body = api.patch(f"/products/{product['id']}", {"price": 2750.25, "sku": None, "active": False})
    expected = {**product, "price": 2750.25, "sku": None, "active": False, "updatedAt": "2026-03-15T10:35:00Z"}
    assert (status, body["data"]) == (200, expected)
    assert api.patch(f"/products/{product['id']}", body["data"]) == (200, body)


def test_product_is_created_changed_and_deleted_with_one_event_each(kit: Kit, api: Api) -> None:
    product = add_product(api)
    api.patch(f"/products/{product['id']}", {"price": 1})
    assert api.delete(f"/products/{product['id']}") == (204, None)
    assert (api.get(f"/products/{product['id']}").status, api.delete(f"/products/{product['id']}").status) == (404, 404)
    assert api.get("/products").body["data"] == []
    assert [event.name for event in told(kit, "product.")] == ["product.created", "product.updated", "product.deleted"]
    assert [entry.action for entry in trail(kit, entity_type="product")] == ["created", "updated", "deleted"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_product_of_another_workspace_is_not_found(api: Api, other_api: Api, method: str) -> None:
    product = add_product(other_api)
    assert api.call(method, f"/products/{product['id']}", {"price": 1} if method == "PATCH" else None).status == 404
    assert other_api.get(f"/products/{product['id']}").body["data"] == product
    assert api.get("/products?search=Mooring").body["data"] == []
