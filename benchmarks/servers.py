"""The servers under load: each in processes of its own, on a free port of the loopback interface."""

# psutil has no types of its own, and is not installed where types are checked.
# mypy: disable-error-code="import-untyped,import-not-found"

import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs
import psutil

from benchmarks.databases import Database, environment
from benchmarks.targets.settings import TargetSettings

OURS, REFERENCE = "conduyt", "reference"
PEERS = ("fastapi", "drf")
_WSGI = "benchmarks.targets.serving"
PROGRAMS = {
    REFERENCE: (_WSGI, "benchmarks.targets.reference:create"),
    "fastapi": ("benchmarks.targets.fastapi_peer",),
    "drf": (_WSGI, "benchmarks.targets.drf_peer:create"),
}
NEEDED = {"fastapi": ("fastapi", "uvicorn", "sqlalchemy", "asyncpg", "aiosqlite", "greenlet"), "drf": ("django", "rest_framework")}

_START_SECONDS = 60


@attrs.frozen(kw_only=True)
class Server:
    """A running target."""

    name: str
    port: int
    process: psutil.Process
    database_mark: str
    """What the command lines of the database's own processes hold, to count their work; empty for none."""

    def cpu_seconds(self) -> float:
        """Return the processor time that the target's processes and its database's have used so far."""
        found = [self.process, *self.process.children(recursive=True)]
        return sum(_seconds(process) for process in found) + sum(_seconds(process) for process in self._of_database())

    def _of_database(self) -> Iterator[psutil.Process]:
        if self.database_mark:
            for process in psutil.process_iter(["cmdline"]):
                line = process.info["cmdline"] or ["?"]
                if line[0].startswith("postgres:") and self.database_mark in line[0]:
                    yield process


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


@contextmanager
def running(name: str, database: Database, *, workers: int, threads: int) -> Iterator[Server]:
    """Start a target and stop it in the end.

    Raises:
        RuntimeError: the port was taken in the meantime, or the server did not start; with where its output is.
    """
    port = free_port()
    settings = TargetSettings(url=database.url, port=port, workers=workers, threads=threads)
    variables = {**environment(database), **settings.variables(), **_http(threads)}
    log = database.folder / f"{name}.log"
    with log.open("w") as output:
        process = psutil.Popen(_command(name, port, workers), cwd=database.folder, env=variables, stdout=output, stderr=output)
        try:
            _wait(process, port, log)
            mark = database.url.rpartition("/")[2] if database.name == "postgres" else ""
            yield Server(name=name, port=port, process=process, database_mark=mark)
        finally:
            _stop(process)


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _http(threads: int) -> Mapping[str, str]:
    return {"CONDUYT_HTTP_THREADS": str(threads), "CONDUYT_HTTP_DOCS": "false"}


def _command(name: str, port: int, workers: int) -> list[str]:
    if name == OURS:
        return [str(Path(sys.executable).with_name("conduyt")), "serve", "--port", str(port), "--workers", str(workers)]
    return [sys.executable, "-m", *PROGRAMS[name]]


def _wait(process: psutil.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
            continue
        if _listens(process, port):
            return
        raise RuntimeError(f"Port {port} is answered by another program; start again")
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")


def _listens(process: psutil.Popen, port: int) -> bool:
    own = [process, *process.children(recursive=True)]
    return any(place.status == psutil.CONN_LISTEN and place.laddr.port == port for one in own for place in one.net_connections(kind="inet"))


def _stop(process: psutil.Popen) -> None:
    family = [process]
    with suppress(psutil.NoSuchProcess):
        family += process.children(recursive=True)
        process.terminate()
    _, alive = psutil.wait_procs(family, timeout=30)
    for left in alive:
        with suppress(psutil.NoSuchProcess):
            left.kill()
