"""The product."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.money import round_half_up
from conduyt_kit.kernel.values import LongText, Name, Rule, ShortText

PRICE_PLACES = 4

Price = Annotated[
    Decimal,
    Meta(ge=0, le=1_000_000_000, description="Unit price in dollars"),
    Rule("price", lambda price: round_half_up(price, PRICE_PLACES)),
]


@attrs.frozen(kw_only=True)
class Product:
    """Something that is sold. Invoices copy what they need of it, so it may change and go (R117)."""

    id: str
    name: Name
    description: LongText | None = None
    price: Price = attrs.field(metadata=stored(places=PRICE_PLACES))
    sku: ShortText | None = None
    unit: ShortText | None = None
    taxable: bool = True
    active: bool = True
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


PRODUCT: EntitySpec[Product] = entity(
    Product,
    name="product",
    new_id=ids.prefixed_uuid("prod_"),
    indexes=[("-created_at",), ("active", "-created_at")],
    search=["name", "sku"],
    sort=("-created_at",),
    sortable=("name", "price", "updated_at"),
)
