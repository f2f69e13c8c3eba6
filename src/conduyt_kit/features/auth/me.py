"""What users change of themselves (X2)."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.auth.sessions import Sessions
from conduyt_kit.features.users.entities import USER, User, read_user
from conduyt_kit.features.users.one_time_tokens import OneTimeTokens
from conduyt_kit.features.users.passwords import normal, refuse_own_words, too_long
from conduyt_kit.kernel.errors import NotFound, ValidationFailed
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.passwords import PASSWORD_HASHER

WRONG = "Is not your password"


def change_me(unit: UnitOfWork, id: str, changes: Mapping[str, Any], *, session: str | None) -> User:
    """Change the caller's own name or password.

    Args:
        id: the user.
        changes: `name`, `password`, `current_password`, as far as given.
        session: the session in use, which survives a new password; all others of the user end.

    Raises:
        ValidationFailed: the current password is missing or wrong, or the new one will not do.
    """
    wanted = dict(changes)
    current, new = wanted.pop("current_password", None), wanted.pop("password", None)
    before = None
    if new is not None:
        # Read and hashed before the transaction begins: a hash takes as long as a hundred transactions.
        before = read_user(unit.environment, unit.context.workspace, id)
        if before is None:
            raise NotFound.of("user", id)
        refuse_own_words(new, name=wanted.get("name", before.name), email=before.email)
        _check_current(unit, before, current)
        wanted["password_hash"] = unit.provider(PASSWORD_HASHER).hash(new)
    users = unit.repository(USER)
    user = users.get_for_update(id)
    if before is not None:
        if user.password_hash != before.password_hash:
            raise ValidationFailed.on("currentPassword", WRONG)
        unit[Sessions].end_all(id, but=session)
        unit[OneTimeTokens].revoke(id, "password_reset")
    return users.change(user, **wanted)


def _check_current(unit: UnitOfWork, user: User, current: str | None) -> None:
    if current is None:
        raise ValidationFailed.on("currentPassword", "Required to change the password")
    if too_long(current) or not unit.provider(PASSWORD_HASHER).verify(user.password_hash or "", normal(current)):
        raise ValidationFailed.on("currentPassword", WRONG)
