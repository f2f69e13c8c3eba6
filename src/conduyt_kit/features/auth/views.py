"""What the endpoints show."""

import datetime as dt

import attrs

from conduyt_kit.features.auth.accounts import LoggedIn
from conduyt_kit.features.auth.api_keys import ApiKey, NewKey
from conduyt_kit.features.users.entities import User
from conduyt_kit.features.users.service import Users
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.context import Role
from conduyt_kit.kernel.query import Loaded
from conduyt_kit.kernel.unit_of_work import UnitOfWork


@attrs.frozen(kw_only=True)
class AccountUser:
    """The user in answers about the caller's own account."""

    id: str
    name: str
    email: str
    role: Role


@attrs.frozen(kw_only=True)
class AccountWorkspace:
    """The workspace in answers about the caller's own account."""

    id: str
    name: str
    plan: str
    member_count: int


@attrs.frozen(kw_only=True)
class LoginView:
    """A session token and whose it is (R102)."""

    token: str
    user: AccountUser


@attrs.frozen(kw_only=True)
class RegistrationView(LoginView):
    """As a login, and the workspace just made."""

    workspace: AccountWorkspace


@attrs.frozen(kw_only=True)
class MeView:
    """The caller and where they are (R106)."""

    user: AccountUser
    workspace: AccountWorkspace


@attrs.frozen(kw_only=True)
class AcceptedView:
    """The same answer whether or not there is such an account."""

    status: str = "accepted"
    message: str = "If this address has an account, a mail with a link is on its way"


@attrs.frozen(kw_only=True)
class ApiKeyView:
    """An API key as it is listed: never the key itself (X1)."""

    id: str
    name: str
    scopes: list[str]
    prefix: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_at: dt.datetime | None


@attrs.frozen(kw_only=True)
class NewApiKeyView:
    """An API key with the key, which is shown this once."""

    id: str
    name: str
    key: str
    scopes: list[str]
    prefix: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_at: dt.datetime | None


def login_view(logged_in: LoggedIn) -> LoginView:
    return LoginView(token=logged_in.token, user=account_user(logged_in.user))


def account_user(user: User) -> AccountUser:
    return AccountUser(id=user.id, name=user.name, email=user.email, role=user.role)


def account_workspace(unit: UnitOfWork) -> AccountWorkspace:
    workspace = unit[Workspaces].current()
    return AccountWorkspace(id=workspace.id, name=workspace.name, plan=workspace.plan, member_count=unit[Users].count())


def api_key_view(found: Loaded[ApiKey]) -> ApiKeyView:
    key = found.record
    return ApiKeyView(
        id=key.id,
        name=key.name,
        scopes=key.scopes,
        prefix=key.prefix,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
    )


def new_api_key_view(made: NewKey) -> NewApiKeyView:
    key = made.row
    return NewApiKeyView(
        id=key.id,
        name=key.name,
        key=made.key,
        scopes=key.scopes,
        prefix=key.prefix,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
    )
