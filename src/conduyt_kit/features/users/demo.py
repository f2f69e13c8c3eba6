"""Sample users for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.users.service import Users
from conduyt_kit.kernel.context import Role
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("Mara Lindqvist", "mara.lindqvist@example.org", "admin"),
    ("Theo Okafor", "theo.okafor@example.org", "member"),
    ("Priya Raman", "priya.raman@example.org", "member"),
    ("Jonas Weber", "jonas.weber@example.org", "viewer"),
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create colleagues without a password, who can be assigned but cannot log in; leaves them in ``shared["users"]``."""
    users = unit[Users]
    shared["users"] = [users.of_address(email) or users.create_active(name=name, email=email, role=role) for name, email, role in _PEOPLE]
