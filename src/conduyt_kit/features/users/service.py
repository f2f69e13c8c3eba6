"""The use cases of users."""

from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.features.users.entities import USER, User
from conduyt_kit.features.users.events import UserInvited, UserRemoved
from conduyt_kit.features.users.one_time_tokens import OneTimeTokens
from conduyt_kit.features.users.seats import UserSettings, takes_seat, taking_seats
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.context import Role
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.query import Compare, Op, both, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.passwords import PASSWORD_HASHER
from conduyt_kit.ports.plan_limits import PLAN_LIMITS

SEND_INVITATION = "users.send_invitation"
"""The kind of the job that mails an invitation."""


class Users:
    """Users of a workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._users = unit.repository(USER)

    def get(self, id: str) -> User:
        """Return one user.

        Raises:
            NotFound: no such user.
        """
        return self._users.get(id)

    def of_address(self, email: str) -> User | None:
        """Return the user with an address, compared case-insensitively, or ``None``."""
        return self._users.first_where(email_key=ids.fold(email))

    def count(self) -> int:
        """Return the number of users, invited ones included: the `memberCount` of the API (A35)."""
        return self._users.count()

    def seats(self) -> int:
        """Return the number of users who take a seat: active ones, except viewers, unless the settings say otherwise (A35)."""
        return self._users.count(taking_seats(self._unit.settings(UserSettings)))

    def create_active(
        self, *, name: str, email: str, role: Role, password: str | None = None, password_hash: str | None = None, id: str | None = None
    ) -> User:
        """Create a user who may log in at once.

        Args:
            name, email, role: as shown.
            password: already checked (`passwords.NewPassword`); hashed here. Without one, the user cannot log in until a reset.
            password_hash: instead of `password`, where the caller hashed it before opening a transaction.
            id: an id chosen beforehand.

        Raises:
            ValidationFailed: the address is taken in this workspace, at the flush (R81).
        """
        if password is not None:
            password_hash = self._unit.provider(PASSWORD_HASHER).hash(password)
        return self._users.create(
            id=id,
            name=name,
            email=email,
            email_key=ids.fold(email),
            role=role,
            status="active",
            password_hash=password_hash,
            last_active_at=None,
        )

    def invite(self, *, email: str, role: Role, name: str | None = None) -> User:
        """Add an invited user; a mail with a link follows after the commit (R81, X3).

        Whether the address is a user of other workspaces makes no difference and is not told.

        Raises:
            ValidationFailed: the address is taken in this workspace.
            PlanLimitReached: the plan has no seat left for them.
        """
        if role in self._unit.settings(UserSettings).seat_roles:
            # Where the invitation takes no seat yet, this only spares people an invitation that they could not accept.
            self._unit.provider(PLAN_LIMITS).check(self._unit, "seats")
        shown = name or email.partition("@")[0]
        user = self._users.create(name=shown, email=email, email_key=ids.fold(email), role=role, status="invited")
        self._unit.flush()
        self._unit.emit(UserInvited(id=user.id, email=user.email, role=user.role))
        self._unit.enqueue(NewJob(kind=SEND_INVITATION, args={"user": user.id}))
        return user

    def resend_invitation(self, id: str) -> User:
        """Send a new invitation; links of earlier mails stop working when it is sent (X3).

        Raises:
            NotFound: no such user.
            Conflict: the user has accepted already.
        """
        user = self._users.get_for_update(id)
        if user.status != "invited":
            raise Conflict("This user has accepted the invitation already")
        self._unit.enqueue(NewJob(kind=SEND_INVITATION, args={"user": user.id}))
        return user

    def accept(self, id: str, *, name: str | None, password_hash: str) -> User:
        """Make an invited user active.

        Raises:
            NotFound: the user was removed in the meantime.
            PlanLimitReached: the plan has no seat left for them.
        """
        user = self._users.get_for_update(id)
        self._find_seat(user, attrs.evolve(user, status="active"))
        self._unit[OneTimeTokens].revoke(id, "invitation")
        return self._users.change(user, name=name or user.name, status="active", password_hash=password_hash)

    def set_password(self, id: str, password_hash: str) -> User:
        """Replace the user's password; ending the sessions is the caller's business.

        Raises:
            NotFound: no such user.
        """
        return self._users.change(self._users.get_for_update(id), password_hash=password_hash)

    def update(self, id: str, changes: Mapping[str, Any]) -> User:
        """Change name or role (R83).

        Raises:
            NotFound: no such user.
            Conflict: the workspace would be left without an admin.
            PlanLimitReached: the plan has no seat left for the new role.
        """
        self._lock_admins()
        user = self._users.get_for_update(id)
        if changes.get("role", user.role) != "admin":
            self._keep_an_admin(user)
        self._find_seat(user, attrs.evolve(user, role=changes.get("role", user.role)))
        return self._users.change(user, **changes)

    def remove(self, id: str) -> None:
        """Remove a user: what was assigned becomes unassigned, sessions, keys and tokens end (R84).

        Raises:
            NotFound: no such user.
            Conflict: the workspace would be left without an admin.
        """
        self._lock_admins()
        user = self._users.get_for_update(id)
        self._keep_an_admin(user)
        self._users.remove(user)
        self._unit.emit(UserRemoved(id=user.id, email=user.email))

    def _find_seat(self, before: User, after: User) -> None:
        settings = self._unit.settings(UserSettings)
        if takes_seat(after, settings) and not takes_seat(before, settings):
            self._unit.provider(PLAN_LIMITS).check(self._unit, "seats")

    def _lock_admins(self) -> None:
        # Two admins who demote each other at the same moment would each still see the other as an admin.
        self._unit.lock("users.admins")

    def _keep_an_admin(self, user: User) -> None:
        if user.role != "admin" or user.status != "active":
            return
        others = both(where(role="admin", status="active"), Compare("id", Op.NE, user.id))
        if not self._users.count(others):
            raise Conflict("This is the last admin of the workspace; make another user an admin first")
