"""Making users, and the workspace of the first one: what ``user create`` and ``demo`` share."""

from typing import TYPE_CHECKING

import attrs

from conduyt_kit.cli.workspaces import chosen_workspace, console_actor, workspaces
from conduyt_kit.features.users import User, Users
from conduyt_kit.features.users.passwords import NewPassword, refuse_own_words
from conduyt_kit.features.workspaces import Workspace, Workspaces, founding_unit
from conduyt_kit.kernel.context import Role
from conduyt_kit.kernel.values import Email, Name
from conduyt_kit.ports.passwords import PASSWORD_HASHER

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


@attrs.frozen(kw_only=True)
class NewUser:
    """A user as the command line is given one; `Kit.decoder` checks it as it checks a request."""

    name: Name
    email: Email
    role: Role
    password: NewPassword


@attrs.frozen(kw_only=True)
class Made:
    """What was made: the user, its workspace, and whether that is new."""

    user: User
    workspace: Workspace
    founded: bool


def checked(kit: "Kit", *, name: str, email: str, role: str, password: str) -> NewUser:
    """Return the input of a user.

    Raises:
        ValidationFailed: it would be refused over the API, too; all mistakes are named.
    """
    found = kit.decoder.body(NewUser, {"name": name, "email": email, "role": role, "password": password})
    refuse_own_words(found.password, name=found.name, email=found.email)
    return found


def make_user(kit: "Kit", new: NewUser, *, workspace: str | None, workspace_name: str | None) -> Made:
    """Create an active user in the workspace of that id or name, or in a new one called `workspace_name`.

    Without either, the only workspace is taken; where there is none, one is made.

    Raises:
        UsageError: there are several workspaces, or none of that name.
        ValidationFailed: the address is a user of the workspace already.
    """
    # Hashed before the transaction, which would otherwise hold SQLite's write lock meanwhile.
    password_hash = kit.provider(PASSWORD_HASHER).hash(new.password)
    if workspace_name is None and (workspace is not None or workspaces(kit)):
        chosen = chosen_workspace(kit, workspace)
        with kit.unit_of_work(chosen.id, actor=console_actor()) as unit:
            user = unit[Users].create_active(name=new.name, email=new.email, role=new.role, password_hash=password_hash)
        return Made(user=user, workspace=chosen, founded=False)
    with founding_unit(kit.environment, actor=console_actor()) as unit:
        founded = unit[Workspaces].create(name=workspace_name or f"Workspace of {new.name}")
        user = unit[Users].create_active(name=new.name, email=new.email, role=new.role, password_hash=password_hash)
    return Made(user=user, workspace=founded, founded=True)
