"""enroll_sequence: the workflow action that puts the contact of an event into a sequence (R150)."""

from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.features.email_sequences.enrolling import Enrollments
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kernel.values import Id


@attrs.frozen(kw_only=True)
class EnrollSequence:
    """Which sequence the contact is put into."""

    sequence_id: Id


def run(unit: UnitOfWork, config: EnrollSequence, context: Mapping[str, Any]) -> Mapping[str, Any]:
    contact_id = context.get("contactId")
    if not isinstance(contact_id, str):
        raise Conflict("The event is about no contact")
    [outcome] = unit[Enrollments].enroll(config.sequence_id, [contact_id])
    return {
        "sequenceId": config.sequence_id,
        "contactId": contact_id,
        "enrolled": outcome.skipped is None,
        "reason": outcome.skipped,
    }


ENROLL_SEQUENCE = ActionSpec(
    name="enroll_sequence", description="Enroll the contact in an e-mail sequence.", config=EnrollSequence, run=run
)
