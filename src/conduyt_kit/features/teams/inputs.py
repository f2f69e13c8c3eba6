"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.values import Id, Name


@attrs.frozen(kw_only=True)
class TeamInput:
    """A new team."""

    name: Name
    member_ids: Annotated[list[Id], Meta(max_length=1000, description="Users of the team, in the order in which turns are taken")] = (
        attrs.field(factory=list)
    )


TeamChanges = patch_of(TeamInput)
