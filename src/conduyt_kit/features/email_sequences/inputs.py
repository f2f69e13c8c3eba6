"""What the endpoints take."""

from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.email_sequences.entities import DelayDays, EnrollmentStatus, SequenceStatus
from conduyt_kit.features.email_templates.entities import Subject
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Id, Name

MOST_CONTACTS = 100
MOST_STEPS = 100


@attrs.frozen(kw_only=True)
class StepInput:
    """A step. Its order is its place in the list; the one that answers show is accepted and ignored."""

    order: Any = None
    template_id: Annotated[Id, Meta(description="Template of the e-mail")]
    delay_days: DelayDays
    subject: Annotated[Subject, Meta(description="Instead of the template's subject")] | None = None


Steps = Annotated[
    list[StepInput],
    Meta(
        min_length=1,
        max_length=MOST_STEPS,
        description="Ordered steps. Each: templateId (uuid), delayDays (integer, days after enrollment), optional subject override",
    ),
]


@attrs.frozen(kw_only=True)
class SequenceInput:
    """A new sequence; it is active (A27)."""

    name: Annotated[Name, Meta(description="Sequence name")]
    steps: Steps


@attrs.frozen(kw_only=True)
class SequenceFields(SequenceInput):
    """What can be changed."""

    status: Annotated[SequenceStatus, Meta(description="active or inactive; an inactive sequence pauses")]


SequenceChanges = patch_of(SequenceFields)


@attrs.frozen(kw_only=True)
class EnrollInput:
    """The contacts to enroll (R140)."""

    contact_ids: Annotated[
        list[Id],
        Meta(min_length=1, max_length=MOST_CONTACTS, description="Array of contact IDs to enroll (max 100 per request)"),
    ]


@attrs.frozen(kw_only=True)
class UnenrollInput:
    """The contact to take out."""

    contact_id: Annotated[Id, Meta(description="Contact ID to unenroll")]


@attrs.frozen(kw_only=True)
class EnrollmentQuery(PageQuery):
    status: Annotated[EnrollmentStatus, Meta(description="Filter by enrollment status: active, completed, unenrolled")] | None = None
