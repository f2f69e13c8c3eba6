"""``conduyt user``."""

import sys

import click

from conduyt_kit.cli.database import ready_kit
from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.cli.workspaces import workspace_option


@click.group()
def user() -> None:
    """Make users."""


@user.command()
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(("admin", "member", "viewer")), default="admin", show_default=True)
@workspace_option
@click.option("--workspace-name", metavar="NAME", help="Make a new workspace of this name for the user.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input instead of asking.")
@pass_state
def create(state: State, email: str, name: str, role: str, workspace: str | None, workspace_name: str | None, password_stdin: bool) -> None:
    """Create a user who can log in at once; with the first one, a workspace."""
    from conduyt_kit.cli.founding import checked, make_user

    if workspace and workspace_name:
        raise click.UsageError("Give --workspace for one that exists, or --workspace-name for a new one, not both")
    kit = ready_kit(state)
    new = checked(kit, name=name, email=email, role=role, password=_password(from_stdin=password_stdin))
    made = make_user(kit, new, workspace=workspace, workspace_name=workspace_name)
    if made.founded:
        click.echo(f"Created the workspace {made.workspace.name} ({made.workspace.id})")
    click.echo(f"Created the user {made.user.email} ({made.user.id}), {made.user.role} of {made.workspace.name}")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given
