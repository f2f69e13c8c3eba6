"""The jobs of sequences: one sends a due step to a contact, one lets waiting enrollments go on after a pause.

A step's message, the enrollment's progress and the job of the next step are one commit. The commit holds only if the enrollment is
where it was when the step was read, so a step is written once, whatever crashes and however many workers there are.
"""

from collections.abc import Callable

from conduyt_kit.features.email_sequences.enrolling import (
    SEND_STEP,
    Enrollments,
    enqueue_step,
    log_status,
    told,
    unmoved,
)
from conduyt_kit.features.email_sequences.entities import ENROLLMENT, SEQUENCE, SEQUENCE_EMAIL, Enrollment, SequenceStep
from conduyt_kit.features.email_sequences.events import SequenceCompleted
from conduyt_kit.features.email_sequences.letters import letter
from conduyt_kit.features.email_sequences.sending_times import due_at, within_window
from conduyt_kit.features.email_sequences.service import RESUME
from conduyt_kit.features.email_templates import EmailTemplates, Recipient
from conduyt_kit.features.messages import Messages, unsubscribe_url
from conduyt_kit.features.workspaces import WORKSPACE, Workspace
from conduyt_kit.kernel.errors import Contention
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.query import Compare, Op, both, where
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork

ORIGIN = "sequence"
_TRIES = 5
_BATCH = 200


def send_step(run: JobRun) -> None:
    """Send one step; without effect on an enrollment that has ended, moved on or waits in an inactive sequence."""

    def once() -> None:
        with run.unit_of_work(finishes=True) as unit:
            StepSender(unit, run.job.args["step"]).send(run.job.args["enrollment"])

    _retrying(once)


def resume(run: JobRun) -> None:
    """Let every enrollment that became due while its sequence was inactive go on."""
    last = ""
    while True:
        with run.unit_of_work() as unit:
            batch = _waiting(unit, run.job.args["sequence"], after=last)
            workspace = unit.repository(WORKSPACE).find(unit.context.workspace)
            for enrollment in batch:
                _go_on(unit, enrollment, workspace)
        if len(batch) < _BATCH:
            return
        last = batch[-1].id


class StepSender:
    """Sends one step of one enrollment, in one unit of work."""

    def __init__(self, unit: UnitOfWork, number: int) -> None:
        self._unit = unit
        self._number = number
        self._enrollments = unit.repository(ENROLLMENT)

    def send(self, enrollment_id: str) -> None:
        """Send the step if it is the one that is due, or end the enrollment if nothing may be sent to the contact.

        Raises:
            Contention: the enrollment was changed meanwhile; run the unit of work again.
        """
        enrollment = self._enrollments.find(enrollment_id)
        if enrollment is None or not self._is_due(enrollment):
            return
        sequence = self._unit.repository(SEQUENCE).get(enrollment.sequence_id)
        if sequence.status != "active":
            return
        recipient = self._unit[EmailTemplates].recipient(enrollment.contact_id)
        opening = within_window(self._unit.now, recipient.workspace)
        if opening > self._unit.now:
            self._postpone(enrollment, opening)
        elif not recipient.contact.email:
            self._unit[Enrollments].end(enrollment, "no_email")
        else:
            self._send(enrollment, recipient)

    def _is_due(self, enrollment: Enrollment) -> bool:
        due = enrollment.next_email_at
        waits_for_this = enrollment.status == "active" and enrollment.current_step == self._number - 1
        return waits_for_this and due is not None and due <= self._unit.now

    def _send(self, enrollment: Enrollment, recipient: Recipient) -> None:
        step = enrollment.steps[self._number - 1]
        template = self._unit[EmailTemplates].find(step.template_id)
        if template is None:
            # It could be deleted only while the sequence was inactive; the other steps are still worth sending.
            self.advance(enrollment, recipient.workspace, sent=False)
            return
        email_id = SEQUENCE_EMAIL.new_id() if SEQUENCE_EMAIL.new_id else ""
        leave = unsubscribe_url(self._unit, enrollment.contact_id, enrollment.id)
        written = letter(self._unit, template, recipient, subject=step.subject, email_id=email_id, unsubscribe=leave)
        message = self._unit[Messages].send_email(
            contact_id=enrollment.contact_id,
            subject=written.subject or template.name,
            html=written.html,
            text=written.text,
            origin=f"{ORIGIN}:{enrollment.id}:{self._number}",
            list_unsubscribe_url=leave,
        )
        if message is None:
            self._unit[Enrollments].end(enrollment, "unsubscribed")
            return
        self._note(enrollment, step, email_id, message.id, written.links)
        self.advance(enrollment, recipient.workspace, sent=True)

    def _note(self, enrollment: Enrollment, step: SequenceStep, email_id: str, message_id: str, links: list[str]) -> None:
        self._unit.repository(SEQUENCE_EMAIL).create(
            id=email_id,
            sequence_id=enrollment.sequence_id,
            enrollment_id=enrollment.id,
            step=step.order,
            message_id=message_id,
            links=links,
            sent_at=self._unit.now,
        )

    def advance(self, enrollment: Enrollment, workspace: Workspace | None, *, sent: bool) -> None:
        """Write down that the step is done, with the job of the next one.

        Raises:
            Contention: the enrollment was changed since it was read.
        """
        last_sent = self._unit.now if sent else enrollment.last_email_sent_at
        if self._number == len(enrollment.steps):
            self._complete(enrollment, last_sent)
            return
        following = enrollment.steps[self._number]
        moved = self._enrollments.change(
            enrollment,
            expected=unmoved(enrollment),
            current_step=self._number,
            last_email_sent_at=last_sent,
            next_email_at=max(self._unit.now, due_at(enrollment.schedule_from, following.delay_days, workspace)),
        )
        enqueue_step(self._unit, moved)

    def _complete(self, enrollment: Enrollment, last_sent: object) -> None:
        completed = self._enrollments.change(
            enrollment,
            expected=unmoved(enrollment),
            status="completed",
            current_step=self._number,
            last_email_sent_at=last_sent,
            next_email_at=None,
            ended_at=self._unit.now,
            end_reason="completed",
        )
        self._unit.emit(SequenceCompleted(**told(completed)))
        log_status(self._unit, completed, "active", "completed")

    def _postpone(self, enrollment: Enrollment, opening: object) -> None:
        enqueue_step(self._unit, self._enrollments.change(enrollment, expected=unmoved(enrollment), next_email_at=opening))


def _waiting(unit: UnitOfWork, sequence_id: str, *, after: str) -> tuple[Enrollment, ...]:
    due = both(where(sequence_id=sequence_id, status="active"), Compare("next_email_at", Op.LE, unit.now), Compare("id", Op.GT, after))
    return unit.repository(ENROLLMENT).all(due, sort=("id",), limit=_BATCH)


def _go_on(unit: UnitOfWork, enrollment: Enrollment, workspace: Workspace | None) -> None:
    due = enrollment.next_email_at
    if due is None:
        return
    # The pause moves the steps that follow too, so that they do not all come at once.
    moved = unit.repository(ENROLLMENT).change(
        enrollment,
        expected=unmoved(enrollment),
        schedule_from=enrollment.schedule_from + (unit.now - due),
        next_email_at=within_window(unit.now, workspace),
    )
    enqueue_step(unit, moved)


def _retrying(once: Callable[[], None]) -> None:
    for _ in range(_TRIES - 1):
        try:
            once()
        except Contention:
            continue
        return
    once()


JOBS = (
    JobSpec(kind=SEND_STEP, run=send_step, max_attempts=20),
    JobSpec(kind=RESUME, run=resume, max_attempts=20),
)
