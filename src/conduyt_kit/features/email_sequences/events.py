"""What sequences tell beside created and updated."""

from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class EnrollmentEvent(Event):
    """What all of them carry."""

    entity: ClassVar[str | None] = "sequence"

    sequence_id: str
    enrollment_id: str
    contact_id: str


@attrs.frozen(kw_only=True)
class SequenceEnrolled(EnrollmentEvent):
    name: ClassVar[str] = "sequence.enrolled"
    description: ClassVar[str] = "A contact was enrolled in a sequence."


@attrs.frozen(kw_only=True)
class SequenceCompleted(EnrollmentEvent):
    name: ClassVar[str] = "sequence.completed"
    description: ClassVar[str] = "The last e-mail of a sequence was sent to a contact."


@attrs.frozen(kw_only=True)
class SequenceUnenrolled(EnrollmentEvent):
    name: ClassVar[str] = "sequence.unenrolled"
    description: ClassVar[str] = "A contact left a sequence before its end: removed, unsubscribed, replied, or no_email."

    reason: str
