"""Users: the people of a workspace, their roles, passwords and invitations."""

from conduyt_kit.features.users.entities import USER, User, users_of_address
from conduyt_kit.features.users.one_time_tokens import ONE_TIME_TOKEN, OneTimeTokens
from conduyt_kit.features.users.service import Users

__all__ = ["ONE_TIME_TOKEN", "USER", "OneTimeTokens", "User", "Users", "users_of_address"]
