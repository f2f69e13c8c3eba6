"""Sample sequences for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.email_sequences.enrolling import Enrollments
from conduyt_kit.features.email_sequences.service import Sequences
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create an onboarding sequence with eight contacts in it, and a paused one."""
    templates = shared.get("email_templates") or []
    if not templates:
        return
    steps = [{"template_id": template.id, "delay_days": days} for template, days in zip(templates, (1, 3, 7), strict=False)]
    onboarding = unit[Sequences].create(name="New Client Onboarding", steps=steps)
    paused = unit[Sequences].create(name="Win Back", steps=steps[-1:])
    unit[Sequences].update(paused.id, {"status": "inactive"})
    contacts = [contact.id for contact in (shared.get("contacts") or [])[:8]]
    if contacts:
        unit[Enrollments].enroll(onboarding.id, contacts)
        unit[Enrollments].unenroll(onboarding.id, contacts[0])
