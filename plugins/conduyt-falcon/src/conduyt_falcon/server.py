"""The server: granian's processes answer requests, their supervisor runs jobs where no broker is set.

Each server process builds its own kit in `create`, from what the supervisor hands over.
"""

import logging
import multiprocessing
import multiprocessing.util
import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from conduyt_falcon.application import application_of
from conduyt_falcon.edge import Edge
from conduyt_falcon.gate import gate_of
from conduyt_falcon.handover import VARIABLE, Handover, plugins_of
from conduyt_falcon.hints import PROVIDER, HintReceiver, SupervisedPlugin
from conduyt_falcon.logs import JsonLines
from conduyt_falcon.settings import HttpSettings
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.kernel.errors import SettingsError
from conduyt_kit.kernel.settings import load
from conduyt_kit.kit import Kit
from conduyt_kit.kit_settings import KIT_SETTINGS, KitSettings
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.ports.storage import STORAGE

HEADER_SECONDS = 10
"""How long a client may take to send a request's headers; a connection that is slower is closed."""
_CLOSING_SECONDS = 2
"""What the rest of a stop takes at most, once requests and jobs had their time."""

_GRANIAN_LOGS: dict[str, Any] = {
    "formatters": {"lines": {"()": "conduyt_falcon.logs.JsonLines"}},
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "loggers": {"_granian": {"handlers": ["lines"], "propagate": False}},
}
"""granian's own errors, such as a server process that died, in the form of all other lines."""


def create() -> Edge:
    """Return the application of this process; granian calls it in each server process."""
    handover = Handover.of_process()
    log_json_lines()
    kit = build_kit(handover).start(work=handover.works)
    # granian's processes end without atexit; this runs when multiprocessing ends one.
    multiprocessing.util.Finalize(None, kit.stop, exitpriority=10)
    settings = kit.settings.section(HttpSettings)
    return application_of(kit, gate=gate_of(settings.concurrency, settings.threads), metrics_folder=handover.metrics_folder)


def build_kit(handover: Handover) -> Kit:
    """Return the kit that a handover describes.

    Raises:
        SettingsError, PluginError: as `Kit.build`.
    """
    if handover.hints is None:
        return Kit.build(handover.sources, plugins=handover.plugins)
    own = load([KIT_SETTINGS], handover.sources, strict=False).section(KitSettings)
    names = own.plugins if handover.plugins is None else handover.plugins
    plugins: list[KitPlugin | str] = [*names, SupervisedPlugin(handover.hints)]
    arguments = {**handover.sources.arguments, "providers": {**own.providers, JOB_RUNNER.name: PROVIDER}}
    return Kit.build(attrs.evolve(handover.sources, arguments=arguments), plugins=plugins)


def log_json_lines() -> None:
    """Log as lines of JSON to standard error, unless the process has set up its logging already."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
        logging.getLogger("conduyt").setLevel(logging.INFO)


class _Granian(MPServer):
    """granian with a hook for the moment when a stop begins; its own one comes when the server processes have ended."""

    on_stopping: Callable[[], None] | None = None

    def shutdown(self, exit_code: int = 0) -> None:
        if self.on_stopping is not None:
            self.on_stopping()
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


class Server:
    """Serves one kit until it is told to stop.

    The kit passed is the supervisor's: it answers no requests, but runs the jobs where they run in this process.
    """

    def __init__(self, kit: Kit, *, host: str | None, port: int | None, workers: int | None) -> None:
        self._kit = kit
        self._settings = kit.settings.section(HttpSettings)
        self._host = self._settings.host if host is None else host
        self._port = self._settings.port if port is None else port
        self._workers = worker_count(kit, workers or self._settings.workers)
        self._receiver: HintReceiver | None = None
        self._folder: Path | None = None
        self._job_stop: threading.Thread | None = None

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; then let running requests and jobs finish.

        Raises:
            SettingsError: the address cannot be listened at, or the kit cannot be built again in another process.
        """
        self._host = listening_address(self._host, self._port)
        if supervised(self._kit):
            self._receiver = HintReceiver(self._kit.provider(JOB_RUNNER).hint)
        if self._settings.metrics and self._workers > 1:
            self._folder = Path(tempfile.mkdtemp(prefix="conduyt-metrics-"))
            # prometheus-client decides by this variable, when it is imported, that processes share their numbers.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self._folder)
        os.environ[VARIABLE] = self._handover().text()
        try:
            self._serve()
        finally:
            self._clean_up()

    def _handover(self) -> Handover:
        return Handover(
            sources=self._kit.sources,
            plugins=plugins_of(self._kit),
            hints=self._receiver.address if self._receiver else None,
            works=works_in_server(self._kit),
            metrics_folder=str(self._folder) if self._folder else None,
        )

    def _serve(self) -> None:
        # The default of Linux before Python 3.14 is to fork, which a process with threads must not.
        multiprocessing.set_start_method("spawn", force=True)
        granian = _Granian(
            "conduyt_falcon.server:create",
            address=self._host,
            port=self._port,
            interface=Interfaces.WSGI,
            factory=True,
            workers=self._workers,
            blocking_threads=self._settings.threads,
            websockets=False,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
            workers_kill_timeout=self._settings.shutdown_timeout,
            respawn_failed_workers=True,
            log_level=LogLevels.error,
            log_dictconfig=_GRANIAN_LOGS,
        )
        granian.on_startup(self._start)
        granian.on_stopping = self._stop_jobs
        granian.on_shutdown(self._stop)
        granian.serve()

    def _start(self) -> None:
        if self._receiver is not None:
            self._kit.start(work=True)
            self._receiver.start()

    def _stop_jobs(self) -> None:
        # Beside the requests, so that both have the whole time.
        runner, timeout = self._kit.provider(JOB_RUNNER), float(self._settings.shutdown_timeout)
        self._job_stop = threading.Thread(target=runner.stop, args=(timeout,), name="conduyt-job-stop")
        self._job_stop.start()

    def _stop(self) -> None:
        if self._job_stop is not None:
            self._job_stop.join(self._settings.shutdown_timeout)
        self._kit.stop(_CLOSING_SECONDS)

    def _clean_up(self) -> None:
        os.environ.pop(VARIABLE, None)
        if self._receiver is not None:
            self._receiver.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)


def listening_address(host: str, port: int) -> str:
    """Return the IP address of a host name to listen at, after a look whether that is possible.

    Raises:
        SettingsError: the name is unknown, or the port is taken or not allowed; the message says what to do.
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        # granian shares ports with whoever else shares them, so a second server would take half of the requests unnoticed.
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
    except OSError as error:
        raise SettingsError(
            f"Cannot listen at {host} port {port} ({error.strerror}); set another http.host or http.port, or stop what uses it"
        ) from error
    return str(place[0])


def worker_count(kit: Kit, wanted: int | None) -> int:
    """Return how many processes serve a kit: as wanted, else one per core with PostgreSQL and one with everything else.

    Raises:
        SettingsError: several are wanted, but the storage is in the memory of one process.
    """
    if kit.provider_name(STORAGE) == "memory" and (wanted or 1) > 1:
        raise SettingsError("The storage `memory` serves one process only; set http.workers to 1 or use another storage")
    if wanted is not None:
        return wanted
    # One writer at a time is all that an SQLite file takes, so further processes only wait for each other.
    concurrent = getattr(kit.provider(STORAGE), "dialect", "") == "postgresql"
    return (os.cpu_count() or 1) if concurrent else 1


def broker_is_set(kit: Kit) -> bool:
    """Return whether jobs are left to ``conduyt worker`` processes, which a broker tells of them."""
    return any(item.section == "broker" and item.key == "url" and item.shown for item in kit.settings.explained)


def supervised(kit: Kit) -> bool:
    """Return whether the supervisor runs the jobs, so that they take no time from requests."""
    in_memory = kit.provider_name(STORAGE) == "memory" or kit.provider_name(JOB_RUNNER) == "inline"
    return not in_memory and not broker_is_set(kit) and sys.platform != "win32"


def works_in_server(kit: Kit) -> bool:
    """Return whether the server process runs the jobs itself: where they live in its memory, or no local sockets exist."""
    return not supervised(kit) and not broker_is_set(kit)
