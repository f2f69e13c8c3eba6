"""Hints of new jobs from the server processes to their supervisor, which runs the jobs where no broker is set.

A hint is one datagram on a local socket. It may be lost: the supervisor's sweep finds the job a moment later.
"""

import json
import logging
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from conduyt_kit.extension import KitPlugin, ProviderSpec
from conduyt_kit.ports.jobs import JOB_RUNNER

_log = logging.getLogger("conduyt.jobs")

PROVIDER = "supervisor"
_MOST = 100
_LARGEST = 32_768

Hints = Sequence[tuple[str, str]]


class HintReceiver:
    """Listens in the supervisor and passes hints on. A private folder keeps other users from the socket."""

    def __init__(self, told: Callable[[Hints], None]) -> None:
        self._told = told
        self._folder = Path(tempfile.mkdtemp(prefix="conduyt-"))
        self.address = str(self._folder / "hints")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._thread = threading.Thread(target=self._listen, name="conduyt-hints", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._thread.is_alive():
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
                own.sendto(b"", self.address)
            self._thread.join()
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self) -> None:
        while datagram := self._socket.recv(_LARGEST):
            try:
                self._told([(str(workspace), str(job)) for workspace, job in json.loads(datagram)])
            except Exception:  # noqa: BLE001 - whatever is wrong with one hint, the next ones are heard
                _log.exception("a hint could not be followed; the sweep finds the job")


class SupervisedJobs:
    """The `JobRunner` of a server process whose supervisor runs the jobs."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def hint(self, jobs: Hints) -> None:
        if not jobs:
            return
        try:
            self._socket.sendto(json.dumps(list(jobs)[:_MOST]).encode(), self._address)
        except OSError as error:
            _log.debug("a hint was not sent: %s", error)

    def start(self) -> None:
        """Do nothing: the supervisor works."""

    def stop(self, timeout: float) -> None:
        """Do nothing: the supervisor works."""

    def check(self) -> str:
        return "jobs run in the server's supervisor process"

    def close(self) -> None:
        self._socket.close()


class SupervisedPlugin(KitPlugin):
    """Provides `SupervisedJobs` in the server processes."""

    name: ClassVar[str] = "falcon_supervised"

    def __init__(self, address: str) -> None:
        self._address = address

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=JOB_RUNNER, name=PROVIDER, make=lambda _: SupervisedJobs(self._address))]
