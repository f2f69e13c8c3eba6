"""The use cases of teams (X7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from conduyt_kit.features.teams.entities import TEAM, Team
from conduyt_kit.features.users import USER
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import Detail, ValidationFailed
from conduyt_kit.kernel.events import INSIDE, Happened, Subscription
from conduyt_kit.kernel.query import Compare, Op
from conduyt_kit.kernel.unit_of_work import UnitOfWork


class Teams:
    """Teams of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._teams = unit.repository(TEAM)

    def get(self, id: str) -> Team:
        """Return one team.

        Raises:
            NotFound: no such team.
        """
        return self._teams.get(id)

    def create(self, *, name: str, member_ids: Sequence[str] = ()) -> Team:
        """Make a team; its id is ``team_`` and the slug of the name, with a number if that is taken (A39).

        Raises:
            ValidationFailed: the name is taken, or a member is no user.
        """
        self._lock()
        return self._teams.create(id=self._free_id(name), name=name, name_key=ids.fold(name), member_ids=self._checked(member_ids))

    def update(self, id: str, changes: Mapping[str, Any]) -> Team:
        """Change the given fields; the id stays whatever the name becomes.

        Raises:
            NotFound: no such team.
            ValidationFailed: as for `create`.
        """
        self._lock()
        team = self._teams.get_for_update(id)
        wanted = dict(changes)
        if "member_ids" in wanted:
            wanted["member_ids"] = self._checked(wanted["member_ids"])
        if "name" in wanted:
            wanted["name_key"] = ids.fold(wanted["name"])
        return self._teams.change(team, **wanted)

    def delete(self, id: str) -> None:
        """Delete a team; its users stay.

        Raises:
            NotFound: no such team.
        """
        self._teams.remove(self._teams.get_for_update(id))

    def drop_member(self, user_id: str) -> None:
        """Take a user who is being removed out of every team."""
        self._lock()
        for team in self._teams.all(Compare("member_ids", Op.HAS_ITEM, user_id)):
            locked = self._teams.get_for_update(team.id)
            self._teams.change(locked, member_ids=[member for member in locked.member_ids if member != user_id])

    def _lock(self) -> None:
        # Members are checked and dropped under one lock, so that nobody removed meanwhile stays in a team; ids are chosen under it too.
        self._unit.lock("teams")

    def _free_id(self, name: str) -> str:
        wanted = f"team_{ids.slug(name, fallback='team')}"
        number = 1
        while self._teams.find(wanted if number == 1 else f"{wanted}_{number}") is not None:
            number += 1
        return wanted if number == 1 else f"{wanted}_{number}"

    def _checked(self, member_ids: Sequence[str]) -> list[str]:
        members = list(dict.fromkeys(member_ids))
        known = self._unit.repository(USER).get_many(members)
        unknown = [index for index, member in enumerate(member_ids) if member not in known]
        if unknown:
            raise ValidationFailed.of(Detail(f"memberIds[{index}]", "Is not a user of this workspace") for index in unknown)
        return members


def _drop_deleted_user(unit: UnitOfWork, happened: Happened) -> None:
    if happened.entity_id is not None:
        unit[Teams].drop_member(happened.entity_id)


DROP_DELETED_USER = Subscription(event="user.deleted", handler=_drop_deleted_user, when=INSIDE, name="teams.drop_deleted_user")
