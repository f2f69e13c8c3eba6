"""Reading the audit trail from Python. Entries are written by the unit of work, never here."""

from collections.abc import Iterable

from conduyt_kit.kernel.audit import ACTIVITY, Activity
from conduyt_kit.kernel.query import Compare, Op, Related, Where, both
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Activities:
    """The audit trail of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._activities = unit.repository(ACTIVITY)

    def of(self, entity: str, id: str, *, limit: int = 100) -> tuple[Activity, ...]:
        """Return the latest entries on a record and on what belongs to it, newest first (A28)."""
        return self._activities.all(self.concerning(id, [entity]), limit=limit)

    def concerning(self, id: str, entities: Iterable[str] | None = None) -> Where:
        """Return the condition for entries on a record of one of these entities (any, if not given) and on what belongs to it.

        All types are named where none is given, because the subjects are kept in the order of type and id.
        """
        specs = self._unit.environment.entities
        types = tuple(specs) if entities is None else tuple(entities)
        known_as = tuple({id, *(spec.canonical_id(id) for spec in specs.values())})
        return Related("subjects", both(Compare("entity_type", Op.IN, types), Compare("entity_id", Op.IN, known_as)))
