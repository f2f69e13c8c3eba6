"""How the e-mails of a sequence fare (X18)."""

import attrs

from conduyt_kit.features.email_sequences.entities import ENROLLMENT, SEQUENCE_EMAIL
from conduyt_kit.kernel.query import Aggregate, Compare, Measure, Op, Where, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_MOMENTS = ("delivered", "opened", "clicked")


@attrs.frozen(kw_only=True)
class Figures:
    """Numbers of contacts; opened and clicked are counted only while the workspace tracks engagement."""

    sent: int = 0
    delivered: int = 0
    opened: int = 0
    clicked: int = 0
    replied: int = 0
    unsubscribed: int = 0


def figures(unit: UnitOfWork, sequence_id: str) -> dict[int, Figures]:
    """Return the figures of each step of which something was sent, in three storage calls.

    A reply or unsubscription counts for the last step sent before it.
    """
    found: dict[int, dict[str, int]] = {}
    for name, by_step in (
        *_emails(unit, sequence_id).items(),
        ("replied", _enrollments(unit, sequence_id, "replied_step", Compare("replied_step", Op.NE, None))),
        ("unsubscribed", _enrollments(unit, sequence_id, "current_step", where(end_reason="unsubscribed"))),
    ):
        for step, number in by_step.items():
            found.setdefault(step, {})[name] = number
    return {step: Figures(**numbers) for step, numbers in sorted(found.items())}


def total(steps: dict[int, Figures]) -> Figures:
    """Return the sum of the figures of all steps."""
    return Figures(**{field.name: sum(getattr(step, field.name) for step in steps.values()) for field in attrs.fields(Figures)})


def _emails(unit: UnitOfWork, sequence_id: str) -> dict[str, dict[int, int]]:
    moments = [Measure(name=name, where=Compare(f"{name}_at", Op.NE, None)) for name in _MOMENTS]
    counted = Aggregate(where=where(sequence_id=sequence_id), group_by=("step",), measures=(Measure(name="sent"), *moments))
    groups = unit.repository(SEQUENCE_EMAIL).aggregate(counted)
    return {name: {group.by["step"]: group.values[name] for group in groups} for name in ("sent", *_MOMENTS)}


def _enrollments(unit: UnitOfWork, sequence_id: str, field: str, condition: Where) -> dict[int, int]:
    counted = Aggregate(where=where(sequence_id=sequence_id), group_by=(field,), measures=(Measure(name="n", where=condition),))
    groups = unit.repository(ENROLLMENT).aggregate(counted)
    return {group.by[field]: group.values["n"] for group in groups if group.by[field] is not None and group.values["n"]}
