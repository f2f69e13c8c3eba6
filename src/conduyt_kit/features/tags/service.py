"""The use cases of tags."""

from collections.abc import Iterable, Mapping
from typing import Any

from conduyt_kit.features.tags.entities import TAG, Tag
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.query import Compare, Loaded, Op
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_LOCK = "tags"
"""Taken by whoever writes a name, so that `Tags.ensure` never meets a tag that somebody else is about to commit."""


class Tags:
    """Tags of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._tags = unit.repository(TAG)

    def get(self, id: str) -> Loaded[Tag]:
        """Return a tag with the number of its contacts (R48).

        Raises:
            NotFound: no such tag.
        """
        counts = ("contacts",) if self._unit.environment.spec_named("contact") else ()
        return self._tags.load(id, counts=counts)

    def named(self, name: str) -> Tag | None:
        """Return the tag of that name, compared case-insensitively, or ``None``."""
        return self._tags.first_where(name_key=ids.fold(name))

    def create(self, *, name: str, **values: Any) -> Tag:
        """Create a tag.

        Raises:
            ValidationFailed: the name is taken, in whatever case (R49); at the latest when the unit is flushed.
        """
        self._unit.lock(_LOCK)
        return self._tags.create(name=name, name_key=ids.fold(name), **values)

    def update(self, id: str, changes: Mapping[str, Any]) -> Tag:
        """Rename or recolor a tag; contacts show the new name at once (R50).

        Raises:
            NotFound: no such tag.
            ValidationFailed: the name is taken.
        """
        wanted = dict(changes)
        if "name" in wanted:
            self._unit.lock(_LOCK)
            wanted["name_key"] = ids.fold(wanted["name"])
        return self._tags.change(self._tags.get_for_update(id), **wanted)

    def delete(self, id: str) -> None:
        """Delete a tag; contacts lose it and stay (X12).

        Raises:
            NotFound: no such tag.
        """
        self._tags.remove(self._tags.get_for_update(id))

    def ensure(self, names: Iterable[str]) -> tuple[Tag, ...]:
        """Return the tags of these names, each once, in order; those that do not exist yet are created (R18).

        Two units that ensure the same new name at once end with one tag: the second waits for the first and finds its tag. One
        storage call while all exist.
        """
        wanted = {key: name.strip() for name in reversed(list(names)) if (key := ids.fold(name))}
        if not wanted:
            return ()
        found = self._found(wanted)
        if len(found) < len(wanted):
            self._unit.lock(_LOCK)
            found = self._found(wanted)
            for key in reversed(wanted):
                if key not in found:
                    found[key] = self._tags.create(name=wanted[key], name_key=key)
        return tuple(found[key] for key in reversed(wanted))

    def _found(self, keys: Iterable[str]) -> dict[str, Tag]:
        return {tag.name_key: tag for tag in self._tags.all(Compare("name_key", Op.IN, tuple(keys)))}
