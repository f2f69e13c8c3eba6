"""What the endpoints show."""

import datetime as dt

import attrs

from conduyt_kit.features.users.entities import User, UserStatus
from conduyt_kit.kernel.context import Role
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class UserView:
    """A user, in lists and alone."""

    id: str
    name: str
    email: str
    role: Role
    status: UserStatus
    last_active_at: dt.datetime | None
    created_at: dt.datetime


def view(user: User) -> UserView:
    return UserView(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        status=user.status,
        last_active_at=user.last_active_at,
        created_at=user.created_at,
    )


def listed(found: Loaded[User]) -> UserView:
    return view(found.record)
