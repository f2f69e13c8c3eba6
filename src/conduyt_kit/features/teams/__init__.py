"""Teams: groups of users that work is handed to."""

from conduyt_kit.features.teams.entities import TEAM, Team
from conduyt_kit.features.teams.service import Teams

__all__ = ["TEAM", "Team", "Teams"]
