"""A real server in a process of its own, serving the probe by name."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROGRAM = """
import json, os
from conduyt_kit.kit import Kit
from conduyt_kit.ports.storage import STORAGE
from conduyt_kit.ports.transport import TRANSPORT
kit = Kit.build(json.loads(os.environ["SETTINGS"]))
if kit.provider_name(STORAGE) == "sqlalchemy":
    from conduyt_sqlalchemy.migrate import create_tables
    create_tables(kit.environment.storage, tuple(kit.environment.entities.values()))
kit.provider(TRANSPORT).serve(host="127.0.0.1", port=int(os.environ["PORT"]))
"""
ENTRY_POINTS = """[conduyt_kit]
falcon = conduyt_falcon.plugin:FalconPlugin
falcon_probe = conduyt_falcon_probe:ProbePlugin
sqlalchemy = conduyt_sqlalchemy.plugin:SqlAlchemyPlugin
dramatiq = conduyt_dramatiq.plugin:DramatiqPlugin
"""
ADMIN = {"Authorization": "Bearer admin-token"}


def install_probe(folder: Path) -> None:
    """Make the probe findable by name in a folder for PYTHONPATH."""
    source = Path(__file__).with_name("probe.py").read_text("utf-8")
    (folder / "conduyt_falcon_probe.py").write_text(source, "utf-8")
    info = folder / "conduyt_falcon_probe-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: conduyt-falcon-probe\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(ENTRY_POINTS, "utf-8")


def free_port() -> Any:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class ServerProcess:
    def __init__(self, folder: Path, plugins: Any = ("falcon", "falcon_probe"), **settings: Any) -> None:
        self.port = free_port()
        values = {"rate_limit": "off", "plugins": list(plugins), "providers": {"authentication": "fixed"}, **settings}
        values.setdefault("features", ["custom_fields", "companies", "falcon_probe"])
        path = os.pathsep.join([str(folder), *filter(None, sys.path)])
        environment = {**os.environ, "PYTHONPATH": path, "SETTINGS": json.dumps(values), "PORT": str(self.port)}
        self.log = Path(folder) / f"server-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, cwd=folder, stderr=log, stdout=log)

    def wait_until_up(self) -> Any:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.send("GET", "/healthz")[0] == 200:
                    return self
            time.sleep(0.05)
        raise AssertionError(f"the server did not come up: {self.log.read_text()}")

    def send(self, method: Any, path: Any, body: Any = None, headers: Any = ADMIN, timeout: Any = 10) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def open(self) -> Any:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def exchange(self, raw: Any) -> Any:
        """Send raw bytes, return everything that comes back until the server closes or falls silent."""
        with self.open() as connection:
            connection.sendall(raw)
            connection.settimeout(1)
            received = b""
            with contextlib.suppress(OSError):
                while part := connection.recv(65536):
                    received += part
            return received

    def companies(self) -> Any:
        return [company["name"] for company in json.loads(self.send("GET", "/api/v1/companies")[1])["data"]]

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> Any:
        """Stop the server and return its exit code."""
        if self.process.poll() is None:
            self.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
