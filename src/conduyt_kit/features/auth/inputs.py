"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.users.passwords import NewPassword
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.values import Email, Id, Name, Timestamp

Token = Annotated[str, Meta(min_length=1, max_length=200, description="The token that the mail's link carries")]
ScopeName = Annotated[str, Meta(description=f"One of {', '.join(Scope)}")]


@attrs.frozen(kw_only=True)
class LoginInput:
    """Who logs in; with `workspaceId` where the address is a user of several workspaces."""

    email: Annotated[str, Meta(max_length=254, description="User email address")]
    password: Annotated[str, Meta(description="User password")] = attrs.field(repr=False)
    workspace_id: Annotated[Id, Meta(description="Where the address is a user of several workspaces")] | None = None


@attrs.frozen(kw_only=True)
class RegistrationInput:
    """A new account with a new workspace."""

    name: Annotated[Name, Meta(description="Full name")]
    email: Annotated[Email, Meta(description="Email address")]
    password: Annotated[NewPassword, Meta(description="Password (min 8 characters)")] = attrs.field(repr=False)
    workspace_name: Annotated[Name, Meta(description="Workspace name")]


@attrs.frozen(kw_only=True)
class ForgottenInput:
    """Whose password is forgotten."""

    email: Email


@attrs.frozen(kw_only=True)
class ResetInput:
    """A new password, by the token of a mail."""

    token: Token = attrs.field(repr=False)
    password: NewPassword = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class AcceptanceInput:
    """An invitation taken up, by the token of its mail; `name` replaces the one in the invitation."""

    token: Token = attrs.field(repr=False)
    password: NewPassword = attrs.field(repr=False)
    name: Name | None = None


@attrs.frozen(kw_only=True)
class MeInput:
    """What users may change of themselves."""

    name: Name
    password: NewPassword = attrs.field(repr=False)
    current_password: Annotated[str, Meta(description="Needed to change the password")]


MeChanges = patch_of(MeInput)


@attrs.frozen(kw_only=True)
class ApiKeyInput:
    """A new API key; without scopes it may do all that its maker may."""

    name: Name
    scopes: Annotated[list[ScopeName], Meta(min_length=1)] | None = None
    expires_at: Annotated[Timestamp, Meta(description="When the key stops working; never when omitted")] | None = None
