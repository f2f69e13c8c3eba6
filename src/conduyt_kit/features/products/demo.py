"""Sample products for `conduyt demo`."""

from decimal import Decimal
from typing import Any

from conduyt_kit.features.products.service import Products
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_PRODUCTS = (
    ("Discovery workshop", "1200", "WS-1", "day", True),
    ("Implementation", "145.50", "IMP-H", "hour", True),
    ("Support plan", "390", "SUP-M", "month", True),
    ("Printed handbook", "18.90", "BOOK", "each", False),
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create products; leaves them in ``shared["products"]``."""
    shared["products"] = [
        unit[Products].create(name=name, price=Decimal(price), sku=sku, unit=measure, taxable=taxable)
        for name, price, sku, measure, taxable in _PRODUCTS
    ]
