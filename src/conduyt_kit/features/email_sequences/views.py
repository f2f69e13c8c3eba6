"""What the endpoints show."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from conduyt_kit.features.email_sequences.enrolling import Outcome, Skipped
from conduyt_kit.features.email_sequences.entities import Enrollment, EnrollmentStatus, Sequence, SequenceStatus, SequenceStep
from conduyt_kit.features.email_sequences.service import Enrolled
from conduyt_kit.features.email_sequences.statistics import Figures, total
from conduyt_kit.features.email_templates import EmailTemplate
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class StepView:
    """A step; `subject` is the one that will be sent: the override, else the template's (R136)."""

    order: int
    template_id: str
    delay_days: int
    subject: str


@attrs.frozen(kw_only=True)
class SequenceView:
    id: str
    name: str
    status: SequenceStatus
    steps: list[StepView]
    enrolled_count: int
    completed_count: int
    active_count: int
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class ActivatedSequence:
    """The answer to activating (X16)."""

    id: str
    name: str
    status: SequenceStatus
    activated_at: dt.datetime


@attrs.frozen(kw_only=True)
class DeactivatedSequence:
    """The answer to deactivating (X16)."""

    id: str
    name: str
    status: SequenceStatus
    deactivated_at: dt.datetime


@attrs.frozen(kw_only=True)
class EnrolledContact:
    first_name: str
    last_name: str
    email: str | None


@attrs.frozen(kw_only=True)
class EnrollmentView:
    """A contact in a sequence; `current_step` is the last step sent (R142)."""

    id: str
    contact_id: str
    contact: EnrolledContact | None
    status: EnrollmentStatus
    current_step: int
    total_steps: int
    enrolled_at: dt.datetime
    last_email_sent_at: dt.datetime | None
    next_email_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class EnrolledView:
    """What became of one contact that was enrolled."""

    contact_id: str
    status: Literal["enrolled"] = "enrolled"


@attrs.frozen(kw_only=True)
class SkippedView:
    """What became of one contact that was not."""

    contact_id: str
    status: Literal["skipped"] = "skipped"
    reason: Skipped


@attrs.frozen(kw_only=True)
class EnrollmentsMade:
    """The answer to a request to enroll, as documented (R139)."""

    enrolled: int
    skipped: int
    details: list[EnrolledView | SkippedView]


@attrs.frozen(kw_only=True)
class Unenrolled:
    """The answer to taking a contact out (A17)."""

    contact_id: str
    status: Literal["unenrolled"] = "unenrolled"


@attrs.frozen(kw_only=True)
class StepFigures(Figures):
    """The figures of one step."""

    order: int


@attrs.frozen(kw_only=True)
class SequenceFigures(Figures):
    """The figures of a sequence and of each of its steps (X18)."""

    steps: list[StepFigures]


def view(sequence: Sequence, templates: Mapping[str, EmailTemplate], enrolled: Enrolled) -> SequenceView:
    return SequenceView(
        id=sequence.id,
        name=sequence.name,
        status=sequence.status,
        steps=[_step(step, templates) for step in sequence.steps],
        enrolled_count=enrolled.total,
        completed_count=enrolled.completed,
        active_count=enrolled.active,
        created_at=sequence.created_at,
        updated_at=sequence.updated_at,
    )


def enrollment_view(found: Loaded[Enrollment]) -> EnrollmentView:
    enrollment, contact = found.record, found.related["contact_id"]
    return EnrollmentView(
        id=enrollment.id,
        contact_id=enrollment.contact_id,
        contact=_contact(contact) if contact else None,
        status=enrollment.status,
        current_step=enrollment.current_step,
        total_steps=len(enrollment.steps),
        enrolled_at=enrollment.enrolled_at,
        last_email_sent_at=enrollment.last_email_sent_at,
        next_email_at=enrollment.next_email_at,
    )


def enrollments_made(outcomes: list[Outcome]) -> EnrollmentsMade:
    details = [
        EnrolledView(contact_id=outcome.contact_id)
        if outcome.skipped is None
        else SkippedView(contact_id=outcome.contact_id, reason=outcome.skipped)
        for outcome in outcomes
    ]
    enrolled = sum(outcome.skipped is None for outcome in outcomes)
    return EnrollmentsMade(enrolled=enrolled, skipped=len(outcomes) - enrolled, details=details)


def figures_view(sequence: Sequence, steps: Mapping[int, Figures]) -> SequenceFigures:
    """Return the figures of the steps as they are now, and of former ones while something was sent of them."""
    orders = sorted({step.order for step in sequence.steps} | {order for order in steps if order})
    shown = [StepFigures(order=order, **attrs.asdict(steps.get(order, Figures()))) for order in orders]
    return SequenceFigures(**attrs.asdict(total(dict(steps))), steps=shown)


def _step(step: SequenceStep, templates: Mapping[str, EmailTemplate]) -> StepView:
    template = templates.get(step.template_id)
    subject = step.subject or (template.subject if template else "")
    return StepView(order=step.order, template_id=step.template_id, delay_days=step.delay_days, subject=subject)


def _contact(contact: Any) -> EnrolledContact:
    return EnrolledContact(first_name=contact.first_name, last_name=contact.last_name, email=contact.email)
