"""``conduyt demo``: believable data to look at."""

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from conduyt_kit.cli.database import ready_kit
from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.cli.workspaces import chosen_workspace, workspace_option, workspaces
from conduyt_kit.kernel.context import Actor
from conduyt_kit.kernel.errors import ValidationFailed

if TYPE_CHECKING:
    from conduyt_kit.extension.records import FeatureSpec
    from conduyt_kit.features.workspaces import Workspace
    from conduyt_kit.kernel.unit_of_work import UnitOfWork
    from conduyt_kit.kit import Kit

_EMAIL = "demo@example.com"


@click.command()
@workspace_option
@click.option("--force", is_flag=True, help="Also where the workspace has contacts already.")
@pass_state
def demo(state: State, workspace: str | None, force: bool) -> None:
    """Fill a workspace with sample data of every enabled feature.

    Where there is no workspace yet, one is made with a user and an API key.
    """
    kit = ready_kit(state)
    if workspace is None and not workspaces(kit):
        _found(kit)
    chosen = chosen_workspace(kit, workspace)
    _refuse_used(kit, chosen, force=force)
    filled = _fill(kit, chosen)
    click.echo(f"Filled {chosen.name} ({chosen.id}) with sample {', '.join(filled) or 'data: no enabled feature has any'}")


def in_order(features: "Iterable[FeatureSpec]") -> "list[FeatureSpec]":
    """Return the features so that each comes after those it requires, and otherwise in the order of the plugins."""
    waiting = list(features)
    ordered: list[FeatureSpec] = []
    while waiting:
        placed = {feature.name for feature in ordered}
        known = {feature.name for feature in waiting} | placed
        # Features that require each other have no order; the first of them then begins.
        following = next((f for f in waiting if placed.issuperset(set(f.requires) & known)), waiting[0])
        waiting.remove(following)
        ordered.append(following)
    return ordered


def _fill(kit: "Kit", workspace: "Workspace") -> list[str]:
    features = [f for f in in_order(item.record for item in kit.assembly.features) if f.demo]
    shared: dict[str, Any] = {}
    # One unit of work: a workspace is filled altogether, or not at all.
    with kit.unit_of_work(workspace.id, actor=_admin(kit, workspace)) as unit:
        for feature in features:
            _fill_one(unit, feature, shared)
    return [feature.name.replace("_", " ") for feature in features]


def _fill_one(unit: "UnitOfWork", feature: "FeatureSpec", shared: dict[str, Any]) -> None:
    try:
        if feature.demo is not None:
            feature.demo.fill(unit, shared)
            unit.flush()
    except ValidationFailed as error:
        reason = "; ".join(detail.message for detail in error.details) or error.message
        raise click.ClickException(
            f"The sample {feature.name.replace('_', ' ')} do not fit into this workspace ({reason}), so nothing was added;"
            " has it been filled before?"
        ) from error


def _admin(kit: "Kit", workspace: "Workspace") -> Actor:
    with kit.unit_of_work(workspace.id, write=False) as unit:
        users = unit.repository_named("user")
        found = users.first_where(role="admin") if users else None
    return Actor(id=found.id, name=found.name) if found else Actor(name="conduyt demo")


def _refuse_used(kit: "Kit", workspace: "Workspace", *, force: bool) -> None:
    with kit.unit_of_work(workspace.id, write=False) as unit:
        contacts = unit.repository_named("contact")
        used = contacts is not None and contacts.first_where() is not None
    if used and not force:
        raise click.ClickException(f"{workspace.name} has contacts already; --force adds the sample data to them")


def _found(kit: "Kit") -> None:
    from conduyt_kit.cli.api_keys import make_key
    from conduyt_kit.cli.founding import checked, make_user

    password = secrets.token_urlsafe(12)
    new = checked(kit, name="Demo Admin", email=_EMAIL, role="admin", password=password)
    made = make_user(kit, new, workspace=None, workspace_name="Demo")
    _, key = make_key(kit, made.workspace.id, made.user, name="demo", scopes=None)
    click.echo(f"Created the workspace {made.workspace.name}. Log in as {_EMAIL} with the password {password}")
    click.echo(f"API key (shown only now): {key}")
