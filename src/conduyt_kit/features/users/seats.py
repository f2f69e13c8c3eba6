"""Who takes a seat of the plan: active users except viewers, unless the settings say otherwise (A35)."""

import attrs

from conduyt_kit.features.users.entities import User
from conduyt_kit.kernel.query import Compare, Op, Where, both, where
from conduyt_kit.kernel.settings import SettingsSpec, setting


def _roles(_: object, __: object, value: tuple[str, ...]) -> None:
    if not set(value) <= {"admin", "member", "viewer"}:
        raise ValueError("must be among admin, member, viewer")


@attrs.frozen(kw_only=True)
class UserSettings:
    """How users are counted."""

    seat_roles: tuple[str, ...] = attrs.field(
        default=("admin", "member"), validator=_roles, metadata=setting("The roles whose users take a seat of the plan.")
    )
    seats_for_invited: bool = attrs.field(default=False, metadata=setting("Whether an invitation takes a seat before it is accepted."))


USER_SETTINGS = SettingsSpec(name="users", cls=UserSettings, description="How users are counted.")


def takes_seat(user: User, settings: UserSettings) -> bool:
    """Whether the user counts as a seat."""
    return user.role in settings.seat_roles and (user.status == "active" or settings.seats_for_invited)


def taking_seats(settings: UserSettings) -> Where:
    """Return the condition for users who count as seats; the same rule as `takes_seat`."""
    return both(Compare("role", Op.IN, settings.seat_roles), None if settings.seats_for_invited else where(status="active"))
