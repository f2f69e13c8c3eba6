"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.kernel.context import Role
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.values import Email, Name


@attrs.frozen(kw_only=True)
class InvitationInput:
    """Whom to invite."""

    email: Annotated[Email, Meta(description="Email address to invite")]
    role: Annotated[Role, Meta(description="Role: admin, member, viewer")]
    name: Annotated[Name, Meta(description="Display name for the invitation")] | None = None


@attrs.frozen(kw_only=True)
class UserInput:
    """What admins may change of a user."""

    name: Name
    role: Annotated[Role, Meta(description="Role: admin, member, viewer")]


UserChanges = patch_of(UserInput)
