"""What a test finds in the storage beside the API: the trail, the events, people to assign to."""

from typing import Any

from conduyt_kit import Actor, Kit
from conduyt_kit.kernel.audit import ACTIVITY, Activity
from conduyt_kit.kernel.events import EVENT, Happened
from conduyt_kit.kernel.query import where

WORKSPACE = "ws_a"
ADA = Actor(id="usr_ada", name="Ada Marsh")


def trail(kit: Kit, **equal: Any) -> list[Activity]:
    """Return the activity entries whose fields equal these values, oldest first."""
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        return list(unit.repository(ACTIVITY).all(where(**equal), sort=("timestamp", "id")))


def told(kit: Kit, prefix: str = "") -> list[Happened]:
    """Return the events whose name begins so, oldest first."""
    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        events = unit.repository(EVENT).all(sort=("occurred_at", "id"))
        return [event for event in events if event.name.startswith(prefix)]


def add_user(kit: Kit, name: str, workspace: str = WORKSPACE) -> str:
    """Add an active user and return the id."""
    with kit.unit_of_work(workspace) as unit:
        users = unit.repository_named("user")
        assert users is not None
        email = f"{name.lower()}@example.org"
        user = users.create(name=name, email=email, email_key=email, role="member", status="active")
    assert isinstance(user.id, str)
    return user.id
