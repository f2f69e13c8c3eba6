"""Ids made of names, such as ``stage_qualified``, with a number where one is taken (A39)."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_FIRST_WINDOW = 8


def free_ids(unit: UnitOfWork, spec: EntitySpec[Any], prefix: str, names: Sequence[str]) -> list[str]:
    """Return an unused id for each name, all different.

    The ids of the entity are locked until the end of the unit, so two creators at once get different ones. The storage is asked once,
    and again only for names that are taken, each time for more numbers: a name that a thousand records share costs four calls.
    """
    if not names:
        return []
    unit.lock(f"{spec.name}:ids")
    stems = [prefix + ids.slug(name, fallback=spec.name) for name in names]
    chosen: dict[int, str] = {}
    for window in _windows():
        waiting = [index for index in range(len(stems)) if index not in chosen]
        if not waiting:
            break
        candidates = {index: [_numbered(stems[index], number) for number in window] for index in waiting}
        used = set(unit.repository(spec).get_many(dict.fromkeys(id for of_one in candidates.values() for id in of_one)))
        for index, of_one in candidates.items():
            free = next((id for id in of_one if id not in used), None)
            if free is not None:
                chosen[index] = free
                used.add(free)
    return [chosen[index] for index in range(len(stems))]


def _windows() -> Iterator[range]:
    start = 1
    for power in count():
        size = 1 if power == 0 else _FIRST_WINDOW**power
        yield range(start, start + size)
        start += size


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}_{number}"
