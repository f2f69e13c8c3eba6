"""``conduyt api-key``."""

from typing import TYPE_CHECKING

import click

from conduyt_kit.cli.database import ready_kit
from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.cli.workspaces import chosen_workspace, console_actor, workspace_option
from conduyt_kit.kernel.context import Scope

if TYPE_CHECKING:
    from conduyt_kit.features.auth.api_keys import ApiKey
    from conduyt_kit.features.users import User
    from conduyt_kit.kit import Kit


@click.group("api-key")
def api_key() -> None:
    """Make API keys."""


@api_key.command()
@click.option("--user", "email", metavar="EMAIL", required=True, help="The user for whom the key acts.")
@click.option("--name", default="command line", show_default=True, help="What people call the key.")
@click.option("--scopes", metavar="LIST", help=f"Some of {','.join(Scope)}; all that the user's role allows when omitted.")
@workspace_option
@pass_state
def create(state: State, email: str, name: str, scopes: str | None, workspace: str | None) -> None:
    """Create an API key and print it, this once: the key alone on standard output, so that a script can take it."""
    kit = ready_kit(state)
    place, user = _user(kit, email, workspace)
    wanted = None if scopes is None else tuple(part.strip() for part in scopes.split(",") if part.strip())
    row, key = make_key(kit, place, user, name=name, scopes=wanted)
    click.echo(f"Key {row.id} of {user.email} ({', '.join(row.scopes)}); it is shown only now:", err=True)
    click.echo(key)


def make_key(kit: "Kit", workspace: str, user: "User", *, name: str, scopes: tuple[str, ...] | None) -> "tuple[ApiKey, str]":
    """Create a key for a user and return its row and the key itself.

    Raises:
        ValidationFailed: a scope is unknown or beyond the user's role.
    """
    from conduyt_kit.features.auth import ApiKeys

    with kit.unit_of_work(workspace, actor=console_actor()) as unit:
        made = unit[ApiKeys].create(user_id=user.id, name=name, scopes=scopes)
    return made.row, made.key


def _user(kit: "Kit", email: str, workspace: str | None) -> "tuple[str, User]":
    from conduyt_kit.features.users import users_of_address

    found = users_of_address(kit.environment, email)
    if workspace is not None:
        chosen = chosen_workspace(kit, workspace).id
        found = tuple(located for located in found if located.workspace == chosen)
    if not found:
        raise click.ClickException(f"There is no user with the address {email}; `conduyt user create` makes one")
    if len(found) > 1:
        places = ", ".join(located.workspace for located in found)
        raise click.UsageError(f"{email} is a user of several workspaces; choose one with --workspace: {places}")
    user: User = found[0].record
    return found[0].workspace, user
