"""Sample teams for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.teams.service import Teams
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create two teams of the users in ``shared["users"]``; leaves them in ``shared["teams"]``."""
    members = [user.id for user in shared.get("users", ())]
    shared["teams"] = [
        unit[Teams].create(name="Sales", member_ids=members[:3]),
        unit[Teams].create(name="Support", member_ids=members[2:]),
    ]
