"""The command ``conduyt worker``."""

import logging
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Protocol

import click

from conduyt_kit.kernel.errors import SettingsError
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.ports.storage import STORAGE

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit

STOP_TIMEOUT = 20.0
"""Seconds that running jobs are given to finish; with what else there is to close, the process is gone within 25."""


class _State(Protocol):
    def kit(self) -> "Kit": ...


@click.command("worker")
@click.option("--threads", type=click.IntRange(1, 256), help="Jobs to run at once, instead of the setting broker.threads.")
@click.pass_obj
def worker(state: _State, threads: int | None) -> None:
    """Run jobs until stopped by SIGTERM or Ctrl-C; running jobs may then take 20 seconds to finish."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    kit = state.kit()
    _use_threads(kit, threads)
    _check_storage(kit)
    _log_to_standard_error()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    kit.start(work=True)
    click.echo("Working. Stop with Ctrl-C or SIGTERM.")
    stopping.wait()
    click.echo("Stopping: running jobs may finish.")
    kit.stop(STOP_TIMEOUT)


def _check_storage(kit: "Kit") -> None:
    if kit.provider_name(STORAGE) == "memory":
        raise SettingsError("The storage `memory` is seen by one process only; a worker needs a database: add the plugin sqlalchemy")
    kit.environment.storage.check()


def _log_to_standard_error() -> None:
    # Does nothing where the process has set up its logging already.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for library in ("dramatiq", "pika"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _use_threads(kit: "Kit", threads: int | None) -> None:
    from conduyt_dramatiq.runner import DramatiqJobs

    runner = kit.provider(JOB_RUNNER)
    if threads is None:
        return
    if not isinstance(runner, DramatiqJobs):
        raise click.UsageError(f"--threads is for the runner of conduyt-dramatiq; `providers` chooses {kit.provider_name(JOB_RUNNER)!r}")
    runner.threads = threads
