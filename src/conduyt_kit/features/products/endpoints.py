"""The documented endpoints of products."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.products.entities import PRODUCT, Price, Product
from conduyt_kit.features.products.service import Products
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given, patch_of
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import EVERYTHING, where
from conduyt_kit.kernel.values import LongText, Name, ShortText

SECTION = "Products"
READ_ONLY = frozenset({"id", "createdAt", "updatedAt"})


@attrs.frozen(kw_only=True)
class ProductInput:
    """A new product."""

    name: Name
    description: LongText | None = None
    price: Price
    sku: Annotated[ShortText, Meta(description="Stock keeping unit identifier")] | None = None
    unit: Annotated[ShortText, Meta(description="Unit of measure (e.g., hour, project, month, each)")] | None = None
    taxable: Annotated[bool, Meta(description="Whether tax applies (default: true)")] = True
    active: bool = True


ProductChanges = patch_of(ProductInput)


@attrs.frozen(kw_only=True)
class ProductQuery(PageQuery):
    search: Annotated[str, Meta(description="Search by product name or SKU")] | None = None
    active: Annotated[bool, Meta(description="Filter by active status (true/false)")] | None = None


@attrs.frozen(kw_only=True)
class ProductView:
    id: str
    name: str
    description: str | None
    price: Decimal
    sku: str | None
    unit: str | None
    taxable: bool
    active: bool
    created_at: dt.datetime
    updated_at: dt.datetime


def view(product: Product) -> ProductView:
    return ProductView(**{field.name: getattr(product, field.name) for field in attrs.fields(ProductView)})


def list_products(call: Call[ProductQuery, None]) -> Listing:
    active = call.query.active
    condition = EVERYTHING if active is None else where(active=active)
    return list_records(call, PRODUCT, lambda found: view(found.record), condition, search=call.query.search)


def create_product(call: Call[None, ProductInput]) -> ProductView:
    return view(call.unit[Products].create(**attrs.asdict(call.body)))


def get_product(call: Call[None, None]) -> ProductView:
    return view(call.unit[Products].get(call.path["id"]))


def update_product(call: Call[None, Any]) -> ProductView:
    return view(call.unit[Products].update(call.path["id"], given(call.body)))


def delete_product(call: Call[None, None]) -> None:
    call.unit[Products].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/products",
        section=SECTION,
        summary="List all products with optional search and active/inactive filtering.",
        operation=list_products,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=ProductView,
        query=ProductQuery,
    ),
    Endpoint(
        method="POST",
        path="/products",
        section=SECTION,
        summary="Create a new product in the catalog.",
        operation=create_product,
        scope=Scope.WRITE,
        reply=ProductView,
        status=201,
        body=ProductInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/products/:id",
        section=SECTION,
        summary="Retrieve a single product by ID.",
        operation=get_product,
        scope=Scope.READ,
        reply=ProductView,
        errors=(404,),
        entity="product",
    ),
    Endpoint(
        method="PATCH",
        path="/products/:id",
        section=SECTION,
        summary="Update a product. Only the given fields change.",
        operation=update_product,
        scope=Scope.WRITE,
        reply=ProductView,
        body=ProductChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="product",
    ),
    Endpoint(
        method="DELETE",
        path="/products/:id",
        section=SECTION,
        summary="Delete a product. Existing invoices keep their lines; new ones cannot use it.",
        operation=delete_product,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        entity="product",
    ),
)
