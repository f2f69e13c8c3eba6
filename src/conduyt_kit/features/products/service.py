"""The use cases of products."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.products.entities import PRODUCT, Product
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Products:
    """Products of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._products = unit.repository(PRODUCT)

    def get(self, id: str) -> Product:
        """Return a product.

        Raises:
            NotFound: no such product.
        """
        return self._products.get(id)

    def create(self, **values: Any) -> Product:
        """Create a product; it is active (R118)."""
        return self._products.create(**values)

    def update(self, id: str, changes: Mapping[str, Any]) -> Product:
        """Change the given fields; invoices keep what they copied (R117).

        Raises:
            NotFound: no such product.
        """
        return self._products.change(self._products.get_for_update(id), **changes)

    def delete(self, id: str) -> None:
        """Delete a product; lines of existing invoices keep their copy, new ones cannot name it (R117).

        Raises:
            NotFound: no such product.
        """
        self._products.remove(self._products.get_for_update(id))
