"""What the endpoints show."""

import datetime as dt

import attrs

from conduyt_kit.features.teams.entities import Team
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class TeamView:
    """A team, in lists and alone."""

    id: str
    name: str
    member_ids: list[str]
    created_at: dt.datetime
    updated_at: dt.datetime


def view(team: Team) -> TeamView:
    return TeamView(id=team.id, name=team.name, member_ids=team.member_ids, created_at=team.created_at, updated_at=team.updated_at)


def listed(found: Loaded[Team]) -> TeamView:
    return view(found.record)
