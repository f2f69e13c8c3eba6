"""The documented endpoints of sequences, and their extensions (X16, X18)."""

from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.features.email_sequences.enrolling import Enrollments
from conduyt_kit.features.email_sequences.entities import ENROLLMENT, SEQUENCE, Sequence
from conduyt_kit.features.email_sequences.inputs import EnrollInput, EnrollmentQuery, SequenceChanges, SequenceInput, UnenrollInput
from conduyt_kit.features.email_sequences.service import Enrolled, Sequences
from conduyt_kit.features.email_sequences.statistics import figures
from conduyt_kit.features.email_sequences.views import (
    ActivatedSequence,
    DeactivatedSequence,
    EnrollmentsMade,
    EnrollmentView,
    SequenceFigures,
    SequenceView,
    Unenrolled,
    enrollment_view,
    enrollments_made,
    figures_view,
    view,
)
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork

SECTION = "Email Sequences"
READ_ONLY = frozenset({"id", "enrolledCount", "completedCount", "activeCount", "createdAt", "updatedAt"})


def list_sequences(call: Call[PageQuery, None]) -> Listing:
    page = list_records(call, SEQUENCE, lambda found: found.record)
    return attrs.evolve(page, items=_views(call.unit, page.items))


def create_sequence(call: Call[None, SequenceInput]) -> SequenceView:
    made = call.unit[Sequences].create(name=call.body.name, steps=[attrs.asdict(step) for step in call.body.steps])
    return _views(call.unit, [made])[0]


def get_sequence(call: Call[None, None]) -> SequenceView:
    return _views(call.unit, [call.unit[Sequences].get(call.path["id"])])[0]


def update_sequence(call: Call[None, Any]) -> SequenceView:
    changes = given(call.body)
    if "steps" in changes:
        changes["steps"] = [attrs.asdict(step) for step in changes["steps"]]
    return _views(call.unit, [call.unit[Sequences].update(call.path["id"], changes)])[0]


def activate_sequence(call: Call[None, None]) -> ActivatedSequence:
    changed = call.unit[Sequences].update(call.path["id"], {"status": "active"})
    return ActivatedSequence(id=changed.id, name=changed.name, status=changed.status, activated_at=call.unit.now)


def deactivate_sequence(call: Call[None, None]) -> DeactivatedSequence:
    changed = call.unit[Sequences].update(call.path["id"], {"status": "inactive"})
    return DeactivatedSequence(id=changed.id, name=changed.name, status=changed.status, deactivated_at=call.unit.now)


def enroll(call: Call[None, EnrollInput]) -> EnrollmentsMade:
    return enrollments_made(call.unit[Enrollments].enroll(call.path["id"], call.body.contact_ids))


def unenroll(call: Call[None, UnenrollInput]) -> Unenrolled:
    return Unenrolled(contact_id=call.unit[Enrollments].unenroll(call.path["id"], call.body.contact_id).contact_id)


def list_enrollments(call: Call[EnrollmentQuery, None]) -> Listing:
    sequence = call.unit[Sequences].get(call.path["id"])
    condition = {"sequence_id": sequence.id} | ({"status": call.query.status} if call.query.status else {})
    return list_records(call, ENROLLMENT, enrollment_view, where(**condition), include=("contact_id",))


def show_statistics(call: Call[None, None]) -> SequenceFigures:
    sequence = call.unit[Sequences].get(call.path["id"])
    return figures_view(sequence, figures(call.unit, sequence.id))


def _views(unit: UnitOfWork, found: Any) -> list[SequenceView]:
    records: list[Sequence] = list(found)
    sequences = unit[Sequences]
    templates = sequences.templates_of(records)
    enrolled: Mapping[str, Enrolled] = sequences.enrolled(record.id for record in records) if records else {}
    return [view(record, templates, enrolled.get(record.id, Enrolled())) for record in records]


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/emails/sequences",
        section=SECTION,
        summary="List all email sequences with enrollment stats.",
        operation=list_sequences,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=SequenceView,
        query=PageQuery,
    ),
    Endpoint(
        method="POST",
        path="/emails/sequences",
        section=SECTION,
        summary="Create a new email sequence with ordered steps. It is active.",
        operation=create_sequence,
        scope=Scope.WRITE,
        reply=SequenceView,
        status=201,
        body=SequenceInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/emails/sequences/:id",
        section=SECTION,
        summary="Retrieve a single sequence with its steps and enrollment statistics.",
        operation=get_sequence,
        scope=Scope.READ,
        reply=SequenceView,
        errors=(404,),
        entity="sequence",
    ),
    Endpoint(
        method="PATCH",
        path="/emails/sequences/:id",
        section=SECTION,
        summary="Update a sequence. New steps only affect future enrollments.",
        operation=update_sequence,
        scope=Scope.WRITE,
        reply=SequenceView,
        body=SequenceChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="sequence",
    ),
    Endpoint(
        method="POST",
        path="/emails/sequences/:id/activate",
        section=SECTION,
        summary="Activate a sequence. Contacts that waited go on.",
        operation=activate_sequence,
        scope=Scope.WRITE,
        reply=ActivatedSequence,
        errors=(404, 422),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/emails/sequences/:id/deactivate",
        section=SECTION,
        summary="Deactivate a sequence. Contacts in it wait.",
        operation=deactivate_sequence,
        scope=Scope.WRITE,
        reply=DeactivatedSequence,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/emails/sequences/:id/enroll",
        section=SECTION,
        summary="Enroll one or more contacts into a sequence. Contacts already enrolled are skipped.",
        operation=enroll,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=EnrollmentsMade,
        body=EnrollInput,
        errors=(404, 422),
    ),
    Endpoint(
        method="POST",
        path="/emails/sequences/:id/unenroll",
        section=SECTION,
        summary="Remove a contact from a sequence. Nothing more of it is sent to the contact.",
        operation=unenroll,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=Unenrolled,
        body=UnenrollInput,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/emails/sequences/:id/enrollments",
        section=SECTION,
        summary="List all enrollments for a sequence, including current step and completion status.",
        operation=list_enrollments,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=EnrollmentView,
        query=EnrollmentQuery,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/emails/sequences/:id/stats",
        section=SECTION,
        summary="How the emails of a sequence fare, in all and by step.",
        operation=show_statistics,
        scope=Scope.READ,
        reply=SequenceFigures,
        errors=(404,),
        extension=True,
    ),
)
