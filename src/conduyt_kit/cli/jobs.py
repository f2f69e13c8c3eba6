"""``conduyt jobs``: what waits, what failed, and trying it again or letting it be."""

from typing import TYPE_CHECKING, Any

import click

from conduyt_kit.cli.database import ready_kit
from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.cli.tables import write_table
from conduyt_kit.cli.workspaces import chosen_workspace, workspace_option, workspaces
from conduyt_kit.kernel.jobs import JOB, SYSTEM_WORKSPACE, Job
from conduyt_kit.kernel.query import both, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conduyt_kit.kit import Kit

STATES = ("queued", "running", "done", "failed")


@click.group(invoke_without_command=True)
@click.pass_context
def jobs(ctx: click.Context) -> None:
    """See and repair durable jobs."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@jobs.command("list")
@workspace_option
@click.option("--state", "wanted", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--kind", help="Only jobs of this kind.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many of each workspace.")
@pass_state
def list_(state: State, workspace: str | None, wanted: str | None, kind: str | None, limit: int) -> None:
    """List jobs, newest first: of one workspace, or of all and of the installation itself."""
    kit = ready_kit(state)
    counted = kit.environment.storage.count_jobs()
    click.echo("All jobs: " + ", ".join(f"{counted.get(name, 0)} {name}" for name in STATES))
    condition = both(where(state=wanted) if wanted else None, where(kind=kind) if kind else None)
    rows = []
    for place in _places(kit, workspace):
        with kit.unit_of_work(place, write=False) as unit:
            rows += [_row(place, job) for job in unit.repository(JOB).all(condition, limit=limit)]
    write_table(("JOB", "KIND", "STATE", "ATTEMPT", "DUE", "WORKSPACE", "ERROR"), rows)


@jobs.command()
@click.argument("id")
@pass_state
def show(state: State, id: str) -> None:
    """Show everything about a job."""
    kit = ready_kit(state)
    place, job = _find(kit, id)
    click.echo(f"{'workspace':<16}{place}")
    for name in ("id", "kind", "state", "key", "args", "attempt", "max_attempts", "due_at", "lease_until", "created_at", "finished_at"):
        click.echo(f"{name:<16}{getattr(job, name)}")
    click.echo(f"{'last_error':<16}{job.last_error or '-'}")


@jobs.command()
@click.argument("ids", nargs=-1, required=True)
@pass_state
def retry(state: State, ids: tuple[str, ...]) -> None:
    """Run failed jobs again, with all their attempts; a worker finds them within seconds."""
    kit = ready_kit(state)
    now = kit.clock.now()
    for id in ids:
        _settle(kit, id, state="queued", attempt=0, due_at=now, finished_at=None)
        click.echo(f"{id} is queued again")


@jobs.command()
@click.argument("ids", nargs=-1, required=True)
@pass_state
def dismiss(state: State, ids: tuple[str, ...]) -> None:
    """Let failed jobs be: they count as done and are removed with the other finished ones. Their last error stays readable."""
    kit = ready_kit(state)
    for id in ids:
        _settle(kit, id, state="done")
        click.echo(f"{id} is dismissed")


def _settle(kit: "Kit", id: str, **changes: Any) -> None:
    place, job = _find(kit, id)
    with kit.unit_of_work(place) as unit:
        # Guarded by the state, so that a job that somebody else has queued again meanwhile is left alone.
        changed = unit.repository(JOB).update_where(where(id=id, state="failed"), **changes)
    if not changed:
        raise click.ClickException(f"The job {id} is {job.state}; only failed jobs can be retried or dismissed")


def _find(kit: "Kit", id: str) -> tuple[str, Job]:
    for place in _places(kit, None):
        with kit.unit_of_work(place, write=False) as unit:
            found = unit.repository(JOB).find(id)
        if found is not None:
            return place, found
    raise click.ClickException(f"There is no job with the id {id!r}; finished jobs are removed after a while")


def _places(kit: "Kit", given: str | None) -> "Iterator[str]":
    if given is not None:
        yield SYSTEM_WORKSPACE if given == SYSTEM_WORKSPACE else chosen_workspace(kit, given).id
        return
    yield SYSTEM_WORKSPACE
    yield from (workspace.id for workspace in workspaces(kit))


def _row(place: str, job: Job) -> tuple[str, ...]:
    error = (job.last_error or "").partition("\n")[0]
    due = job.due_at.strftime("%Y-%m-%d %H:%M:%SZ")
    return (job.id, job.kind, job.state, f"{job.attempt}/{job.max_attempts}", due, place, error[:80])
