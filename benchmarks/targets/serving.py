"""Serves a WSGI application on granian, set up as ``conduyt serve`` sets it up: ``python -m benchmarks.targets.serving module:factory``."""

import multiprocessing
import sys

from granian.constants import Interfaces
from granian.server.mp import MPServer

from benchmarks.targets.settings import TargetSettings


def serve(target: str) -> None:
    """Serve an application factory until the process is told to end."""
    settings = TargetSettings.of_process()
    multiprocessing.set_start_method("spawn", force=True)
    MPServer(
        target,
        address="127.0.0.1",
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.workers,
        blocking_threads=settings.threads,
        websockets=False,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    serve(sys.argv[1])
