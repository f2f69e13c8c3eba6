"""Which workspace a command is about."""

from typing import TYPE_CHECKING, Any

import click

from conduyt_kit.kernel.context import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from conduyt_kit.features.workspaces import Workspace
    from conduyt_kit.kit import Kit


def workspace_option(command: "Callable[..., Any]") -> "Callable[..., Any]":
    """Give a command the option ``--workspace``."""
    return click.option("--workspace", metavar="ID|NAME", help="The workspace, by id or name; the only one when omitted.")(command)


def workspaces(kit: "Kit") -> "tuple[Workspace, ...]":
    """Return every workspace, oldest first."""
    from conduyt_kit.features.workspaces import all_workspaces

    return all_workspaces(kit.environment)


def chosen_workspace(kit: "Kit", given: str | None) -> "Workspace":
    """Return the workspace of that id or name, or the only one.

    Raises:
        UsageError: there is none of that name, or there are several and none was given.
    """
    found = workspaces(kit)
    matching = [w for w in found if given in (None, w.id)] or [w for w in found if w.name == given]
    if len(matching) == 1:
        return matching[0]
    known = "; ".join(f"{w.id} ({w.name})" for w in found[:20]) or "none; `conduyt user create` makes one"
    if given is None and not found:
        raise click.UsageError("There is no workspace yet; `conduyt user create` makes one with its first user")
    if given is None:
        raise click.UsageError(f"There are several workspaces; choose one with --workspace: {known}")
    problem = "Several workspaces have" if matching else "No workspace has"
    raise click.UsageError(f"{problem} the id or name {given!r}; there are: {known}")


def console_actor() -> Actor:
    """Return who is named in the audit trail as the cause of what a command did."""
    return Actor(name="conduyt command line")
