"""Products: the catalogue that invoices take their lines from."""

from conduyt_kit.features.products.entities import PRODUCT, Product
from conduyt_kit.features.products.service import Products

__all__ = ["PRODUCT", "Product", "Products"]
