"""``conduyt serve``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from conduyt_kit.cli.cautions import provider, setting
from conduyt_kit.cli.database import ready_kit
from conduyt_kit.cli.state import State, pass_state
from conduyt_kit.ports.billing import BILLING
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.ports.messages import EMAIL_CHANNEL, SMS_CHANNEL
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.ports.transport import TRANSPORT

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit

_HOST, _PORT = "127.0.0.1", 8000


@click.command()
@click.option("--host", help="The address to listen at, instead of the setting http.host.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen at, instead of the setting http.port.")
@click.option("--workers", type=click.IntRange(1), help="Server processes, instead of the setting http.workers.")
@pass_state
def serve(state: State, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the API until stopped by SIGTERM or Ctrl-C; without a broker, run the jobs as well."""
    kit = ready_kit(state)
    transport = kit.provider(TRANSPORT)
    listens = host or setting(kit, "http", "host") or _HOST
    at = port if port is not None else int(setting(kit, "http", "port") or _PORT)
    # Made before the server's processes start, so that all of them find the same one.
    _ = kit.secret_key
    for line in greeting(kit, listens, at):
        click.echo(line)
    transport.serve(host=listens, port=at, workers=workers)


def greeting(kit: "Kit", host: str, port: int) -> Iterator[str]:
    """Yield what is said at the start: where it listens, where data is kept, what is not the real thing, first steps."""
    shown = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    yield f"Conduyt serves {len(kit.endpoints)} operations at {shown}/api/v1; reference: {shown}/docs"
    yield f"Data:     {_where(kit)}"
    yield f"Jobs:     {_jobs(kit)}"
    for port_of, what in ((EMAIL_CHANNEL, "E-mail"), (SMS_CHANNEL, "SMS"), (BILLING, "Billing")):
        name = provider(kit, port_of)
        if name in ("console", "fake"):
            yield f"{what + ':':<9} {_PRETENDED[name]}; see `conduyt config explain`"
    yield "First steps: conduyt user create --email you@example.com --name You, conduyt api-key create --user you@example.com,"
    yield f"             or POST {shown}/api/v1/auth/register. Sample data: conduyt demo. Stop with Ctrl-C."


_PRETENDED = {
    "console": "written to the console, nothing is sent",
    "fake": "pretended, nobody pays",
}


def _where(kit: "Kit") -> str:
    if kit.provider_name(STORAGE) == "memory":
        return "in memory, gone when the server stops"
    database = getattr(kit.environment.storage, "dialect", kit.provider_name(STORAGE))
    # The URL may hold a password, so it is named and not shown.
    place = "the database of database.url" if setting(kit, "database", "url") else str(kit.own_settings.data_dir.resolve())
    return f"{database}, {place}"


def _jobs(kit: "Kit") -> str:
    if setting(kit, "broker", "url"):
        return "left to `conduyt worker`; start at least one"
    return f"run by this server ({kit.provider_name(JOB_RUNNER)})"
