"""The order of stages: 1, 2, 3 without gaps; whoever moves in shifts the others (R41)."""

from collections.abc import Sequence


def placed(order: Sequence[str], id: str, position: int) -> list[str]:
    """Return the ids in order with `id` (new or already among them) at a position, which is cut to the end of the list."""
    others = [other for other in order if other != id]
    others.insert(min(position, len(others) + 1) - 1, id)
    return others


def initial(orders: Sequence[int | None]) -> list[int]:
    """Return the positions of new stages, by their given orders; one without an order stands at its place in the array (R37)."""
    wanted = [(index + 1 if order is None else order, index) for index, order in enumerate(orders)]
    ranks = {index: rank for rank, (_, index) in enumerate(sorted(wanted), start=1)}
    return [ranks[index] for index in range(len(orders))]
