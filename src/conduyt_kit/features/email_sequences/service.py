"""The use cases of sequences themselves; `enrolling` has those of who is in them, `stepping` sends."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from conduyt_kit.features.email_sequences.entities import ENROLLMENT, SEQUENCE, Sequence, SequenceStep
from conduyt_kit.features.email_templates import EmailTemplate, EmailTemplates
from conduyt_kit.kernel.errors import Conflict, Detail, ValidationFailed
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.query import Aggregate, Compare, Measure, Op, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

RESUME = "email_sequences.resume"
"""The kind of the job that lets waiting enrollments go on after a pause."""


@attrs.frozen(kw_only=True)
class Enrolled:
    """How many contacts are or were in a sequence (R137)."""

    total: int = 0
    completed: int = 0
    active: int = 0


class Sequences:
    """Sequences of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._sequences = unit.repository(SEQUENCE)

    def get(self, id: str) -> Sequence:
        """Return a sequence.

        Raises:
            NotFound: no such sequence.
        """
        return self._sequences.get(id)

    def create(self, *, name: str, steps: Iterable[Mapping[str, Any]]) -> Sequence:
        """Create a sequence; it is active (A27).

        Args:
            name: its name.
            steps: `template_id`, `delay_days` and optionally `subject` of each, in order.

        Raises:
            ValidationFailed: a template does not exist.
        """
        made = self._steps(steps)
        return self._sequences.create(name=name, steps=made, template_ids=template_ids(made))

    def update(self, id: str, changes: Mapping[str, Any]) -> Sequence:
        """Change the given fields. New steps are for future enrollments (R138); an inactive sequence pauses those under way (A27).

        Raises:
            NotFound: no such sequence.
            ValidationFailed: a template does not exist; also where the sequence is to be active again.
        """
        sequence = self._sequences.get_for_update(id)
        wanted = dict(changes)
        if "steps" in wanted:
            wanted["steps"] = self._steps(wanted["steps"])
            wanted["template_ids"] = template_ids(wanted["steps"])
        resumes = wanted.get("status") == "active" and sequence.status == "inactive"
        if resumes and "steps" not in wanted:
            self._require_templates(sequence.steps)
        changed = self._sequences.change(sequence, **wanted)
        if resumes:
            self._unit.enqueue(NewJob(kind=RESUME, args={"sequence": sequence.id}))
        return changed

    def templates_of(self, sequences: Iterable[Sequence]) -> dict[str, EmailTemplate]:
        """Return the templates that the steps name, by id; one storage call."""
        return self._unit[EmailTemplates].get_many(dict.fromkeys(id for sequence in sequences for id in sequence.template_ids))

    def enrolled(self, ids: Iterable[str]) -> dict[str, Enrolled]:
        """Return how many contacts are in each of these sequences; one storage call (R137)."""
        counted = Aggregate(
            where=Compare("sequence_id", Op.IN, tuple(ids)),
            group_by=("sequence_id",),
            measures=(
                Measure(name="total"),
                Measure(name="completed", where=where(status="completed")),
                Measure(name="active", where=where(status="active")),
            ),
        )
        return {group.by["sequence_id"]: Enrolled(**group.values) for group in self._unit.repository(ENROLLMENT).aggregate(counted)}

    def _steps(self, given: Iterable[Mapping[str, Any]]) -> list[SequenceStep]:
        steps = [
            SequenceStep(order=order, template_id=step["template_id"], delay_days=step["delay_days"], subject=step.get("subject") or None)
            for order, step in enumerate(given, start=1)
        ]
        templates = self._require_templates(steps)
        # A step as answers show it carries the template's subject; sent back, it is no override.
        return [attrs.evolve(step, subject=None) if step.subject == templates[step.template_id].subject else step for step in steps]

    def _require_templates(self, steps: Iterable[SequenceStep]) -> dict[str, EmailTemplate]:
        given = list(steps)
        found = self._unit[EmailTemplates].get_many(template_ids(given))
        missing = [step for step in given if step.template_id not in found]
        if missing:
            message = "No email template with this id exists in this workspace"
            raise ValidationFailed.of(Detail(f"steps[{step.order - 1}].templateId", message) for step in missing)
        return found


def template_ids(steps: Iterable[SequenceStep]) -> list[str]:
    """Return the ids of the templates of steps, each once."""
    return list(dict.fromkeys(step.template_id for step in steps))


def keep_used_template(unit: UnitOfWork, happened: Happened) -> None:
    """Refuse the deletion of a template that an active sequence uses, or somebody under way in one (R134)."""
    uses = Compare("template_ids", Op.HAS_ITEM, happened.entity_id)
    sequences = unit.repository(SEQUENCE)
    used = sequences.first(both(where(status="active"), uses))
    if used is None:
        active = tuple(sequence.id for sequence in sequences.all(where(status="active")))
        under_way = both(where(status="active"), Compare("sequence_id", Op.IN, active), uses)
        found = unit.repository(ENROLLMENT).first(under_way) if active else None
        used = sequences.get(found.sequence_id) if found else None
    if used is not None:
        raise Conflict(f"The template is used by the active sequence {used.name!r}; deactivate the sequence first")
