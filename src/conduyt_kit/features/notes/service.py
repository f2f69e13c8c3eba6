"""The use cases of notes."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.notes.entities import NOTE, Note
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Notes:
    """Notes of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._notes = unit.repository(NOTE)

    def get(self, id: str) -> Note:
        """Return a note.

        Raises:
            NotFound: no such note.
        """
        return self._notes.get(id)

    def create(self, *, content: str, contact_id: str | None = None, deal_id: str | None = None) -> Note:
        """Create a note in the actor's name (R47); contact and deal, where given, must exist (A41)."""
        return self._notes.create(content=content, contact_id=contact_id, deal_id=deal_id, created_by=self._unit.context.actor.id)

    def update(self, id: str, changes: Mapping[str, Any]) -> Note:
        """Change the given fields.

        Raises:
            NotFound: no such note.
        """
        return self._notes.change(self._notes.get_for_update(id), **changes)

    def delete(self, id: str) -> None:
        """Delete a note (X12).

        Raises:
            NotFound: no such note.
        """
        self._notes.remove(self._notes.get_for_update(id))
