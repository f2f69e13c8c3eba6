"""Who is in a sequence: enrolling, and leaving before the end."""

from collections.abc import Iterable
from collections.abc import Sequence as Sequenced
from typing import Any, Literal

import attrs

from conduyt_kit.features.email_sequences.entities import ENROLLMENT, SEQUENCE, EndReason, Enrollment, Sequence
from conduyt_kit.features.email_sequences.events import SequenceEnrolled, SequenceUnenrolled
from conduyt_kit.features.email_sequences.sending_times import due_at
from conduyt_kit.features.messages import SUPPRESSION
from conduyt_kit.features.workspaces import WORKSPACE, Workspace
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import NotFound, ValidationFailed
from conduyt_kit.kernel.events import Happened
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.query import Compare, Op, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

SEND_STEP = "email_sequences.step"
"""The kind of the job that sends one step to one contact."""

Skipped = Literal["already_enrolled", "not_found", "no_email", "unsubscribed"]


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of one contact of a request to enroll; `skipped` is the reason, ``None`` where it was enrolled."""

    contact_id: str
    skipped: Skipped | None = None


class Enrollments:
    """Contacts in sequences."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._enrollments = unit.repository(ENROLLMENT)

    def enroll(self, sequence_id: str, contact_ids: Sequenced[str]) -> list[Outcome]:
        """Enroll contacts, in five storage calls however many they are; return what became of each, in order (R139, A42).

        Requests to enroll in one sequence wait for each other, so that a contact is in it once.

        Raises:
            NotFound: no such sequence.
            ValidationFailed: the sequence is inactive (A27).
        """
        sequence = self._unit.repository(SEQUENCE).get_for_update(sequence_id)
        if sequence.status != "active":
            raise ValidationFailed.on("status", "The sequence is inactive; activate it before contacts are enrolled")
        contacts = self._contacts(contact_ids)
        taken = {found.contact_id for found in self._active(sequence.id, contacts)}
        unsubscribed = self._unsubscribed(contacts)
        workspace = self._unit.repository(WORKSPACE).find(self._unit.context.workspace)
        outcomes = []
        for given in contact_ids:
            skipped = _reason_to_skip(contacts.get(given), taken, unsubscribed)
            outcomes.append(Outcome(contact_id=given, skipped=skipped))
            if skipped is None:
                taken.add(contacts[given].id)
                self._add(sequence, contacts[given].id, workspace)
        return outcomes

    def unenroll(self, sequence_id: str, contact_id: str) -> Enrollment:
        """Take a contact out of a sequence; nothing more is sent to it from there (R141).

        Raises:
            NotFound: no such sequence, or the contact is not in it.
        """
        sequence = self._unit.repository(SEQUENCE).get(sequence_id)
        contact = self._unit.canonical_refs(ENROLLMENT, {"contact_id": contact_id})["contact_id"]
        found = self._enrollments.first_where(sequence_id=sequence.id, contact_id=contact, status="active")
        if found is None:
            raise NotFound("The contact is not enrolled in this sequence")
        return self.end(found, "removed")

    def end(self, enrollment: Enrollment, reason: EndReason) -> Enrollment:
        """End an enrollment before the last step.

        Raises:
            Contention: it has moved on since it was read; run the unit of work again.
        """
        ended = self._enrollments.change(
            enrollment,
            expected=unmoved(enrollment),
            status="unenrolled",
            next_email_at=None,
            ended_at=self._unit.now,
            end_reason=reason,
        )
        self._unit.emit(SequenceUnenrolled(**told(ended), reason=reason))
        log_status(self._unit, ended, "active", "unenrolled")
        return ended

    def active_of(self, contact_id: str) -> tuple[Enrollment, ...]:
        """Return where a contact is under way, in all sequences."""
        return self._enrollments.all(where(contact_id=contact_id, status="active"), sort=("id",))

    def _add(self, sequence: Sequence, contact_id: str, workspace: Workspace | None) -> None:
        now = self._unit.now
        first = due_at(now, sequence.steps[0].delay_days, workspace)
        made = self._enrollments.create(
            sequence_id=sequence.id,
            contact_id=contact_id,
            steps=sequence.steps,
            template_ids=sequence.template_ids,
            enrolled_at=now,
            schedule_from=now,
            next_email_at=first,
        )
        enqueue_step(self._unit, made)
        self._unit.emit(SequenceEnrolled(**told(made)))
        log_status(self._unit, made, None, "active")

    def _contacts(self, given: Iterable[str]) -> dict[str, Any]:
        contacts = self._unit.repository_named("contact")
        return contacts.get_many(dict.fromkeys(given)) if contacts else {}

    def _active(self, sequence_id: str, contacts: dict[str, Any]) -> tuple[Enrollment, ...]:
        wanted = Compare("contact_id", Op.IN, tuple(contact.id for contact in contacts.values()))
        return self._enrollments.all(both(where(sequence_id=sequence_id, status="active"), wanted)) if contacts else ()

    def _unsubscribed(self, contacts: dict[str, Any]) -> set[str]:
        keys = tuple({ids.fold(contact.email) for contact in contacts.values() if contact.email})
        found = both(where(channel="email"), Compare("address_key", Op.IN, keys))
        return {suppression.address_key for suppression in self._unit.repository(SUPPRESSION).all(found)} if keys else set()


def enqueue_step(unit: UnitOfWork, enrollment: Enrollment) -> None:
    """Write the job of the next step of an enrollment, in the unit that says when it is due.

    The job has no key: it is written once with each change of the enrollment, and does nothing if the enrollment has moved on.
    """
    args = {"enrollment": enrollment.id, "step": enrollment.current_step + 1}
    unit.enqueue(NewJob(kind=SEND_STEP, args=args, due_at=enrollment.next_email_at))


def unmoved(enrollment: Enrollment) -> Any:
    """Return the condition that an enrollment is where it was when it was read."""
    return where(status="active", current_step=enrollment.current_step, next_email_at=enrollment.next_email_at)


def told(enrollment: Enrollment) -> dict[str, str]:
    """Return what every event of an enrollment carries."""
    return {"sequence_id": enrollment.sequence_id, "enrollment_id": enrollment.id, "contact_id": enrollment.contact_id}


def log_status(unit: UnitOfWork, enrollment: Enrollment, before: str | None, after: str) -> None:
    """Log a change of an enrollment as one of its sequence, found from the contact too (A28)."""
    changes = {"enrollment": {"from": before, "to": after}}
    unit.log("sequence", enrollment.sequence_id, "updated", changes, related=[("contact", enrollment.contact_id)])


def stop_unsubscribed(unit: UnitOfWork, happened: Happened) -> None:
    """End what is under way for a contact whose e-mail address was suppressed."""
    contact_id = happened.data.get("contactId")
    if contact_id is not None and happened.data.get("channel") == "email":
        enrollments = unit[Enrollments]
        for enrollment in enrollments.active_of(contact_id):
            enrollments.end(enrollment, "unsubscribed")


def note_reply(unit: UnitOfWork, happened: Happened) -> None:
    """Note for the statistics that a contact wrote to us, and end what is under way if the workspace wants that."""
    contact_id = happened.data["contactId"]
    enrollments, repository = unit[Enrollments], unit.repository(ENROLLMENT)
    under_way = enrollments.active_of(contact_id)
    if not under_way:
        return
    workspace = unit.repository(WORKSPACE).find(unit.context.workspace)
    for enrollment in under_way:
        if enrollment.replied_step is None and enrollment.current_step > 0:
            enrollment = repository.change(enrollment, expected=unmoved(enrollment), replied_step=enrollment.current_step)
        if workspace is not None and workspace.stop_sequences_on_reply:
            enrollments.end(enrollment, "replied")


def _reason_to_skip(contact: Any, taken: set[str], unsubscribed: set[str]) -> Skipped | None:
    if contact is None:
        return "not_found"
    if contact.id in taken:
        return "already_enrolled"
    if not contact.email:
        return "no_email"
    return "unsubscribed" if ids.fold(contact.email) in unsubscribed else None
