"""The cache of what is made once for each shape of statement."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_LARGEST = 2000


class Shapes:
    """A bounded cache, safe to use from several threads: two of them may at worst make the same thing twice."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def get(self, shape: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for this shape, making it at first use."""
        found: T | None = self._made.get(shape)
        if found is None:
            found = make()
            if len(self._made) >= _LARGEST:
                # Callers choose shapes (filters, includes); forgetting all of them now and then is cheap and needs no order.
                self._made.clear()
            self._made[shape] = found
        return found
