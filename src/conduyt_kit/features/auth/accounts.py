"""Use cases before anybody is logged in: log in, register, accept an invitation, reset a password.

Each hashes passwords before its transaction begins, since a hash takes as long as a hundred transactions.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import attrs

from conduyt_kit.features.auth.registrations import hold_address
from conduyt_kit.features.auth.sessions import Sessions
from conduyt_kit.features.auth.settings import AuthSettings
from conduyt_kit.features.users.entities import User, new_user_id, read_user, users_of_address
from conduyt_kit.features.users.one_time_tokens import REFUSED, OneTimeTokens, Purpose, find_token
from conduyt_kit.features.users.passwords import normal, refuse_own_words, too_long
from conduyt_kit.features.users.service import Users
from conduyt_kit.features.workspaces import Workspaces, all_workspaces, new_workspace_id
from conduyt_kit.kernel.context import Actor
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import NotFound, PermissionDenied, Unauthenticated, ValidationFailed
from conduyt_kit.kernel.transactions import Located
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.passwords import PASSWORD_HASHER

MOST_TRIED = 8
"""How many users of one address a login tries; each costs a hash."""

FIRST_WORKSPACE = "ws_first"
"""The id of the workspace made while registration is for the first comer only: two who come at once cannot both have it."""

INVALID_CREDENTIALS = "Invalid credentials"

_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@attrs.frozen(kw_only=True)
class LoggedIn:
    """A user with a fresh session."""

    token: str
    user: User


class Accounts:
    """What strangers may do. `open` opens a unit of work in a workspace, for an actor; its owner commits it."""

    def __init__(self, environment: Environment, open: Callable[..., UnitOfWork]) -> None:
        self._environment = environment
        self._open = open
        self._hasher = environment.providers.provider(PASSWORD_HASHER)

    def log_in(self, *, email: str, password: str, workspace: str | None = None) -> LoggedIn:
        """Begin a session for the user of that address and password; of several workspaces, in the one last used.

        Raises:
            Unauthenticated: unknown address or wrong password, alike in words and work (R102, A14).
        """
        found = self._matching(email, password, workspace)
        unit = self._open(found.workspace, actor=Actor(id=found.record.id, name=found.record.name))
        try:
            user = unit[Users].get(found.record.id)
        except NotFound:
            raise Unauthenticated(INVALID_CREDENTIALS) from None
        if user.password_hash != found.record.password_hash:
            raise Unauthenticated(INVALID_CREDENTIALS)
        if self._hasher.outdated(user.password_hash or ""):
            unit[Users].set_password(user.id, self._hasher.hash(normal(password)))
        return LoggedIn(token=unit[Sessions].begin(user), user=user)

    def register(self, *, name: str, email: str, password: str, workspace_name: str, request: str) -> LoggedIn:
        """Make a workspace with its first admin, and a session for them (R103).

        `request` is the id of the request: of several that register one address at the same moment, one succeeds.

        Raises:
            PermissionDenied: registration is closed.
            ValidationFailed: the address is an active user's, or the password will not do.
        """
        workspace = self._place_for_a_new_workspace()
        refuse_own_words(password, name=name, email=email)
        hold_address(self._environment, email, request)
        if any(located.record.status == "active" for located in users_of_address(self._environment, email)):
            raise ValidationFailed.on("email", "This address has an account already; log in or reset the password")
        password_hash, id_ = self._hasher.hash(password), new_user_id()
        unit = self._open(workspace, actor=Actor(id=id_, name=name))
        unit[Workspaces].create(name=workspace_name)
        self._claim(unit)
        user = unit[Users].create_active(id=id_, name=name, email=email, role="admin", password_hash=password_hash)
        return LoggedIn(token=unit[Sessions].begin(user), user=user)

    def accept_invitation(self, *, token: str, password: str, name: str | None = None) -> LoggedIn:
        """Make an invited user active, with a password of their own (X3). Role and workspace are those of the invitation.

        Raises:
            ValidationFailed: the link is not valid any more, or the password will not do.
        """

        def accept(unit: UnitOfWork, user: User, new: str) -> User:
            return unit[Users].accept(user.id, name=name, password_hash=new)

        return self._with_token(token, "invitation", password, accept)

    def reset_password(self, *, token: str, password: str) -> LoggedIn:
        """Set a new password by the link of a mail; all sessions of the user end (X2).

        Raises:
            ValidationFailed: the link is not valid any more, or the password will not do.
        """

        def change(unit: UnitOfWork, user: User, new: str) -> User:
            unit[Sessions].end_all(user.id)
            unit[OneTimeTokens].revoke(user.id, "password_reset")
            return unit[Users].set_password(user.id, new)

        return self._with_token(token, "password_reset", password, change)

    def _with_token(self, token: str, purpose: Purpose, password: str, change: Callable[[UnitOfWork, User, str], User]) -> LoggedIn:
        found = find_token(self._environment, token, purpose)
        user = read_user(self._environment, found.workspace, found.user_id)
        if user is None:
            raise ValidationFailed.on("token", REFUSED)
        refuse_own_words(password, name=user.name, email=user.email)
        new = self._hasher.hash(password)
        unit = self._open(found.workspace, actor=Actor(id=user.id, name=user.name))
        unit[OneTimeTokens].redeem(found.id)
        changed = change(unit, user, new)
        return LoggedIn(token=unit[Sessions].begin(changed), user=changed)

    def _matching(self, email: str, password: str, workspace: str | None) -> Located:
        if too_long(password):
            raise Unauthenticated(INVALID_CREDENTIALS)
        candidates = [
            located
            for located in users_of_address(self._environment, email)
            if located.record.status == "active" and located.record.password_hash and workspace in (None, located.workspace)
        ]
        candidates.sort(key=_last_active, reverse=True)
        for located in candidates[:MOST_TRIED]:
            if self._hasher.verify(located.record.password_hash, normal(password)):
                return located
        if not candidates:
            self._hasher.waste()
        raise Unauthenticated(INVALID_CREDENTIALS)

    def _place_for_a_new_workspace(self) -> str:
        registration = self._environment.settings.section(AuthSettings).registration
        if registration == "closed" or (registration == "first" and all_workspaces(self._environment)):
            raise PermissionDenied(_CLOSED)
        return FIRST_WORKSPACE if registration == "first" else new_workspace_id()

    def _claim(self, unit: UnitOfWork) -> None:
        try:
            unit.flush()
        except ValidationFailed:
            if unit.context.workspace == FIRST_WORKSPACE:
                raise PermissionDenied(_CLOSED) from None
            raise


_CLOSED = (
    "Registration is closed on this server; ask an admin of your workspace for an invitation, or whoever runs the server to set"
    " auth.registration to open"
)


def _last_active(located: Located) -> Any:
    user: User = located.record
    return (user.last_active_at or _LONG_AGO, user.created_at)
