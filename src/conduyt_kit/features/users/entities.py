"""The user, and how users of one address are found over all workspaces."""

import datetime as dt
from typing import Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.context import Role
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.transactions import Located
from conduyt_kit.kernel.values import Email, Name

UserStatus = Literal["active", "invited"]

new_user_id = ids.random_hex("usr_")


@attrs.frozen(kw_only=True)
class User:
    """A person with access to one workspace. The same address may be a user of several workspaces, each with its own password."""

    id: str
    name: Name = attrs.field(metadata=stored(personal=True))
    email: Email = attrs.field(metadata=stored(personal=True))
    email_key: str = attrs.field(metadata=stored(hidden=True))
    role: Role
    status: UserStatus
    password_hash: str | None = attrs.field(default=None, repr=False, metadata=stored(secret=True))
    last_active_at: dt.datetime | None = attrs.field(default=None, metadata=stored(read_only=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


USER: EntitySpec[User] = entity(
    User,
    name="user",
    new_id=new_user_id,
    unique=[Unique(fields=("email_key",), field="email", message="This address is already a user of this workspace")],
    indexes=[("-created_at",), ("role", "status")],
    locators=["email_key"],
    sort=("-created_at",),
    sortable=("name", "email", "last_active_at"),
)


def users_of_address(environment: Environment, email: str) -> tuple[Located, ...]:
    """Return the users with an address, compared case-insensitively, of every workspace; what is found must not be told to anybody."""
    return environment.storage.locate(USER, "email_key", ids.fold(email))


def read_user(environment: Environment, workspace: str, id: str) -> User | None:
    """Return a user as committed, outside any unit of work: for what must be known before a transaction begins."""
    return environment.storage.begin(workspace, write=False).get(USER, id)
