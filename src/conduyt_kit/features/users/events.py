"""The events of users beyond created, updated and deleted."""

from typing import ClassVar

import attrs

from conduyt_kit.kernel.context import Role
from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class UserInvited(Event):
    name: ClassVar[str] = "user.invited"
    description: ClassVar[str] = "Somebody was invited to the workspace."
    entity: ClassVar[str | None] = "user"

    id: str = attrs.field(metadata={"description": "id of the user"})
    email: str = attrs.field(metadata={"description": "the address that was invited"})
    role: Role = attrs.field(metadata={"description": "admin, member or viewer"})


@attrs.frozen(kw_only=True)
class UserRemoved(Event):
    name: ClassVar[str] = "user.removed"
    description: ClassVar[str] = "A user was removed from the workspace."
    entity: ClassVar[str | None] = "user"

    id: str = attrs.field(metadata={"description": "id of the user"})
    email: str = attrs.field(metadata={"description": "the user's address"})
