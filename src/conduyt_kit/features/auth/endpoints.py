"""The documented authentication endpoints, and X2 and X3."""

from typing import Any

import attrs

from conduyt_kit.features.auth.accounts import Accounts
from conduyt_kit.features.auth.inputs import AcceptanceInput, ForgottenInput, LoginInput, MeChanges, RegistrationInput, ResetInput
from conduyt_kit.features.auth.limits import count
from conduyt_kit.features.auth.me import change_me
from conduyt_kit.features.auth.reset_mail import FIND_ACCOUNTS
from conduyt_kit.features.auth.sessions import Sessions
from conduyt_kit.features.auth.settings import AuthSettings
from conduyt_kit.features.auth.views import (
    AcceptedView,
    LoginView,
    MeView,
    RegistrationView,
    account_user,
    account_workspace,
    login_view,
)
from conduyt_kit.features.users.service import Users
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.context import Scope, new_request_id
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope
from conduyt_kit.kernel.errors import PermissionDenied
from conduyt_kit.kernel.jobs import SYSTEM_WORKSPACE, NewJob

SECTION = "Authentication Endpoints"


def accounts_of(call: Call[Any, Any]) -> Accounts:
    return Accounts(call.environment, call.open)


def log_in(call: Call[None, LoginInput]) -> LoginView:
    settings = call.environment.settings.section(AuthSettings)
    count(call.environment, settings.address_limit, f"login-address:{call.request.remote}")
    count(call.environment, settings.login_limit, f"login:{ids.fold(call.body.email)}")
    body = call.body
    return login_view(accounts_of(call).log_in(email=body.email, password=body.password, workspace=body.workspace_id))


def register(call: Call[None, RegistrationInput]) -> RegistrationView:
    settings = call.environment.settings.section(AuthSettings)
    count(call.environment, settings.registration_limit, f"register-address:{call.request.remote}")
    logged_in = accounts_of(call).register(**attrs.asdict(call.body, recurse=False), request=call.request.id or new_request_id())
    return RegistrationView(token=logged_in.token, user=account_user(logged_in.user), workspace=account_workspace(call.units[-1]))


def log_out(call: Call[None, None]) -> None:
    session = call.identity.session if call.identity else None
    if session is None:
        raise PermissionDenied("An API key has no session to end; delete the key instead")
    call.unit[Sessions].end(session)


def get_me(call: Call[None, None]) -> MeView:
    user = call.unit[Users].get(_own_id(call))
    return MeView(user=account_user(user), workspace=account_workspace(call.unit))


def update_me(call: Call[None, Any]) -> MeView:
    session = call.identity.session if call.identity else None
    user = change_me(call.unit, _own_id(call), given(call.body), session=session)
    return MeView(user=account_user(user), workspace=account_workspace(call.unit))


def forgot_password(call: Call[None, ForgottenInput]) -> AcceptedView:
    ask_for_reset(call, call.body.email)
    return AcceptedView()


def reset_password(call: Call[None, ResetInput]) -> LoginView:
    count_token_attempt(call)
    return login_view(accounts_of(call).reset_password(token=call.body.token, password=call.body.password))


def accept_invitation(call: Call[None, AcceptanceInput]) -> LoginView:
    count_token_attempt(call)
    body = call.body
    return login_view(accounts_of(call).accept_invitation(token=body.token, password=body.password, name=body.name))


def ask_for_reset(call: Call[Any, Any], email: str) -> None:
    """Enqueue the search for accounts of an address, with the same work whether there are any."""
    settings = call.environment.settings.section(AuthSettings)
    count(call.environment, settings.address_limit, f"reset-address:{call.request.remote}")
    count(call.environment, settings.reset_limit, f"reset:{ids.fold(email)}")
    call.open(SYSTEM_WORKSPACE).enqueue(NewJob(kind=FIND_ACCOUNTS, args={"email": email}))


def count_token_attempt(call: Call[Any, Any]) -> None:
    """Count an attempt to use a mail's token: each costs a hash."""
    settings = call.environment.settings.section(AuthSettings)
    count(call.environment, settings.address_limit, f"token-address:{call.request.remote}")


def _own_id(call: Call[Any, Any]) -> str:
    found = call.identity.actor.id if call.identity else None
    if found is None:
        raise PermissionDenied("This credential belongs to no user")
    return found


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/auth/login",
        section=SECTION,
        summary="Authenticate with email and password. Returns a session token.",
        operation=log_in,
        scope=None,
        envelope=Envelope.BARE,
        reply=LoginView,
        body=LoginInput,
        errors=(401, 422),
        secret_reply=True,
    ),
    Endpoint(
        method="POST",
        path="/auth/register",
        section=SECTION,
        summary="Create a new account and workspace.",
        operation=register,
        scope=None,
        envelope=Envelope.BARE,
        reply=RegistrationView,
        status=201,
        body=RegistrationInput,
        errors=(403, 422),
        secret_reply=True,
    ),
    Endpoint(
        method="POST",
        path="/auth/logout",
        section=SECTION,
        summary="Invalidate the current session token.",
        operation=log_out,
        scope=Scope.READ,
        envelope=Envelope.NONE,
        status=204,
        errors=(403,),
    ),
    Endpoint(
        method="GET",
        path="/auth/me",
        section=SECTION,
        summary="Get the current authenticated user and workspace details.",
        operation=get_me,
        scope=Scope.READ,
        envelope=Envelope.BARE,
        reply=MeView,
    ),
    Endpoint(
        method="PATCH",
        path="/auth/me",
        section=SECTION,
        summary="Change your own name or password. A new password ends your other sessions.",
        operation=update_me,
        scope=Scope.READ,
        envelope=Envelope.BARE,
        reply=MeView,
        body=MeChanges,
        ignored=frozenset({"id", "email", "role"}),
        errors=(422,),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/auth/forgot-password",
        section=SECTION,
        summary="Ask for a mail with a link to reset the password. Answers alike for every address.",
        operation=forgot_password,
        scope=None,
        envelope=Envelope.BARE,
        reply=AcceptedView,
        status=202,
        body=ForgottenInput,
        errors=(422,),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/auth/reset-password",
        section=SECTION,
        summary="Set a new password with the token of a mail. Ends all sessions of the user and begins a new one.",
        operation=reset_password,
        scope=None,
        envelope=Envelope.BARE,
        reply=LoginView,
        body=ResetInput,
        errors=(422,),
        extension=True,
        secret_reply=True,
    ),
    Endpoint(
        method="POST",
        path="/auth/accept-invitation",
        section=SECTION,
        summary="Accept an invitation with the token of its mail and choose a password.",
        operation=accept_invitation,
        scope=None,
        envelope=Envelope.BARE,
        reply=LoginView,
        body=AcceptanceInput,
        errors=(422,),
        extension=True,
        secret_reply=True,
    ),
)
