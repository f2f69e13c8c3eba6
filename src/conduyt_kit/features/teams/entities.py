"""The team."""

import datetime as dt

import attrs

from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.values import Name


@attrs.frozen(kw_only=True)
class Team:
    """Some users of the workspace, in an order that turns are taken in. The id is a slug of the first name (A39)."""

    id: str
    name: Name
    name_key: str = attrs.field(metadata=stored(hidden=True))
    member_ids: list[str] = attrs.field(factory=list)
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


TEAM: EntitySpec[Team] = entity(
    Team,
    name="team",
    unique=[Unique(fields=("name_key",), field="name", message="A team has this name already")],
    sort=("created_at",),
    sortable=("name",),
)
