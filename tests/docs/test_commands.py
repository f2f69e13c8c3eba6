"""Runs every command that the pages show, in order, each page in an empty folder with a server of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*/*.md"))] if "```console" in path.read_text("utf-8")]
INSTALLS = re.compile(r"^(pip install|python -m venv|tox|pytest|git clone)")
"""What sets a machine up; the gate itself does these on a clean checkout."""


def commands(page: Path) -> list[str]:
    found: list[str] = []
    for block in re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        found += [line[2:] for line in re.sub(r"\\\n\s*", "", block).splitlines() if line.startswith("$ ")]
    return found


class Terminal:
    """A folder, a port, and what a reader of the page would have running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONDUYT_")}
        self.env = {**kept, "PATH": path, "CONDUYT_HTTP_PORT": str(self.port)}
        self.server: subprocess.Popen[bytes] | None = None
        self.token = "TOKEN"

    def type(self, line: str) -> None:
        line = line.replace(":8000", f":{self.port}").replace("Bearer TOKEN", f"Bearer {self.token}")
        if line.endswith("conduyt serve"):
            self.serve()
            return
        if INSTALLS.match(line):
            return
        run = self._bash(line)
        assert run.returncode == 0, f"{line}\n{run.stdout}\n{run.stderr}"
        assert '"error"' not in run.stdout or "lastname" in line, f"{line}\n{run.stdout}"
        self._remember(line, run.stdout)

    def serve(self) -> None:
        if self.server is not None:
            return
        with (self.folder / "serve.log").open("wb") as log:
            self.server = subprocess.Popen(["conduyt", "serve"], cwd=self.folder, env=self.env, stdout=log, stderr=log)
        for _ in range(200):
            if self._answers():
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "serve.log").read_text())

    def stop(self) -> None:
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            assert self.server.wait(30) == 0

    def _bash(self, script: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-c", script]
        return subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False, timeout=90)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1).read()
        except OSError:
            return False
        return True

    def _remember(self, line: str, output: str) -> None:
        token = re.search(r'"token":\s*"([^"]+)"', output)
        if token:
            self.token = token[1]
        exported = re.match(r"export (\w+)=(.*)$", line)
        if exported:
            self.env[exported[1]] = self._bash(f"echo -n {exported[2]}").stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    (tmp_path / "people.csv").write_text("First Name,Last Name,E-mail\nSol,Okafor,sol@example.org\nBo,,bo@example.org\n", "utf-8")
    yield terminal
    terminal.stop()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_page_works(page: Path, terminal: Terminal) -> None:
    if page.name == "import-contacts.md":
        terminal.type(
            "echo a long enough secret | conduyt user create --email ida@example.org --name Ida --workspace-name Holm --password-stdin"
        )

    for line in commands(page):
        terminal.type(line)
