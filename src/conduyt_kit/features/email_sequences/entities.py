"""The sequence, who is enrolled in it, and what was sent to them."""

import datetime as dt
from typing import Annotated, Literal

import attrs
from msgspec import Meta

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, HasMany, Unique, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from conduyt_kit.kernel.values import Id, Name

SequenceStatus = Literal["active", "inactive"]
EnrollmentStatus = Literal["active", "completed", "unenrolled"]
EndReason = Literal["completed", "removed", "unsubscribed", "replied", "no_email"]

DelayDays = Annotated[int, Meta(ge=0, le=3650, description="Days after enrollment")]


@attrs.frozen(kw_only=True)
class SequenceStep:
    """One e-mail of a sequence. Without a `subject` the template's is used (R136)."""

    order: int
    template_id: Id
    delay_days: DelayDays
    subject: str | None = None


@attrs.frozen(kw_only=True)
class Sequence:
    """A series of e-mails. `template_ids` repeats those of the steps, so that the users of a template are found."""

    id: str
    name: Name
    status: SequenceStatus = "active"
    steps: list[SequenceStep]
    template_ids: list[str] = attrs.field(metadata=stored(hidden=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


SEQUENCE: EntitySpec[Sequence] = entity(
    Sequence,
    name="sequence",
    new_id=ids.prefixed_uuid("seq_"),
    indexes=[("-created_at",), ("status",)],
    relations=[HasMany(name="enrollments", entity="enrollment", field="sequence_id")],
    sort=("-created_at",),
    sortable=("name", "updated_at"),
)


@attrs.frozen(kw_only=True)
class Enrollment:
    """A contact on the way through a sequence, with its own copy of the steps (R138).

    `current_step` is the last step done (R142); the next one is due at `next_email_at`. Delays count from `schedule_from`: the time
    of enrollment, later only by what a pause of the sequence took.
    """

    id: str
    sequence_id: str = attrs.field(metadata=stored(ref=ref("sequence", on_delete=CASCADE)))
    contact_id: str = attrs.field(metadata=stored(ref=ref("contact", on_delete=CASCADE)))
    status: EnrollmentStatus = "active"
    steps: list[SequenceStep]
    template_ids: list[str]
    current_step: int = 0
    enrolled_at: dt.datetime
    schedule_from: dt.datetime
    last_email_sent_at: dt.datetime | None = None
    next_email_at: dt.datetime | None
    ended_at: dt.datetime | None = None
    end_reason: EndReason | None = None
    replied_step: int | None = None


ENROLLMENT: EntitySpec[Enrollment] = entity(
    Enrollment,
    name="enrollment",
    new_id=ids.prefixed_uuid("enr_"),
    unique=[
        Unique(
            fields=("sequence_id", "contact_id"),
            field="contactIds",
            message="This contact is already enrolled",
            only={"status": "active"},
        )
    ],
    indexes=[
        ("sequence_id", "-enrolled_at"),
        ("sequence_id", "status", "-enrolled_at"),
        ("status", "next_email_at"),
        ("contact_id", "status"),
    ],
    sort=("-enrolled_at",),
    events=False,
    audited=False,
)
"""Enrollments tell of themselves with the events of `events` and are logged as changes of their sequence (A28)."""


@attrs.frozen(kw_only=True)
class SequenceEmail:
    """What became of one step for one contact; `links` are the addresses behind its tracked links, in order."""

    id: str
    sequence_id: str = attrs.field(metadata=stored(ref=ref("sequence", on_delete=CASCADE)))
    enrollment_id: str = attrs.field(metadata=stored(ref=ref("enrollment", on_delete=CASCADE)))
    step: int
    message_id: str
    links: list[str] = attrs.field(factory=list)
    sent_at: dt.datetime
    delivered_at: dt.datetime | None = None
    opened_at: dt.datetime | None = None
    clicked_at: dt.datetime | None = None


SEQUENCE_EMAIL: EntitySpec[SequenceEmail] = entity(
    SequenceEmail,
    name="sequence_email",
    new_id=ids.sortable("sem_"),
    unique=[Unique(fields=("enrollment_id", "step"), field="step", message="This step was sent before")],
    indexes=[("sequence_id", "step")],
    events=False,
    audited=False,
    counted=False,
)
