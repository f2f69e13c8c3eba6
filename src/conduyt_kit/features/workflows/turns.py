"""Round robin: whose turn it is in a team (R158)."""

from collections.abc import Sequence

from conduyt_kit.features.teams import TEAM
from conduyt_kit.features.users import USER
from conduyt_kit.features.workflows.entities import WORKFLOW_TURN
from conduyt_kit.kernel.errors import Conflict, ValidationFailed
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Turns:
    """The turns of a workspace's teams. All workflows share a team's turn."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._turns = unit.repository(WORKFLOW_TURN)

    def take(self, team_id: str) -> str:
        """Return the id of the member who comes after the last one, and remember it; those who are not active are passed over.

        Others who take a turn in this team wait until the unit ends, so that nobody is passed over or taken twice.

        Raises:
            ValidationFailed: there is no such team.
            Conflict: nobody in the team is active.
        """
        self._unit.lock(f"workflow-turn:{team_id}")
        team = self._unit.repository(TEAM).find(team_id)
        if team is None:
            raise ValidationFailed.on("teamId", "Refers to a team that does not exist in this workspace")
        kept = self._turns.first_where(team_id=team_id)
        chosen = self._next(team.member_ids, kept.last_user_id if kept else None)
        if chosen is None:
            raise Conflict(f"Nobody in the team {team.name} is active")
        if kept is None:
            self._turns.create(team_id=team_id, last_user_id=chosen)
        else:
            self._turns.change(kept, last_user_id=chosen)
        return chosen

    def _next(self, member_ids: Sequence[str], last: str | None) -> str | None:
        users = self._unit.repository(USER).get_many(member_ids)
        begin = member_ids.index(last) + 1 if last in member_ids else 0
        in_turn = [*member_ids[begin:], *member_ids[:begin]]
        return next((id for id in in_turn if id in users and users[id].status == "active"), None)
