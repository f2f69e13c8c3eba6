"""assign_contact: give the contact to the next member of a team, or to a user."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import attrs
from msgspec import Meta

from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.workflows.actions.subjects import subject_id
from conduyt_kit.features.workflows.turns import Turns
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kernel.values import Id


@attrs.frozen(kw_only=True)
class AssignContact:
    """To whom: the next in turn of a team, or always the same user."""

    strategy: Annotated[Literal["round_robin", "user"], Meta(description="round_robin over a team, or a certain user")] = "round_robin"
    team_id: Id | None = None
    user_id: Id | None = None

    def __attrs_post_init__(self) -> None:
        if self.strategy == "round_robin" and (self.team_id is None or self.user_id is not None):
            raise ValueError("The strategy round_robin needs a teamId and takes no userId")
        if self.strategy == "user" and (self.user_id is None or self.team_id is not None):
            raise ValueError("The strategy user needs a userId and takes no teamId")


def run(unit: UnitOfWork, config: AssignContact, context: Mapping[str, Any]) -> Mapping[str, Any]:
    contact_id = subject_id(context, "contact")
    user_id = config.user_id if config.team_id is None else unit[Turns].take(config.team_id)
    contact = unit[Contacts].update(contact_id, {"assigned_to": user_id}).record
    return {"contactId": contact.id, "assignedTo": contact.assigned_to}


ASSIGN_CONTACT = ActionSpec(
    name="assign_contact", description="Assign the contact to the next member of a team, or to a user.", config=AssignContact, run=run
)
