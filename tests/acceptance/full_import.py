"""The whole import as people run it: a server in a process of its own, files by `conduyt import`, then by HTTP, field by field.

    python -m tests.acceptance.full_import [ROWS]

Prints the figures; ends with 1 if anything differs from what the files say. The test beside this is the same on fewer rows.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs

from tests.acceptance.csv_exports import REGION, SOURCE, TAG, Export, Exports, as_json

PER_REQUEST = 1000
PASSWORD = "seven green bottles"
Counts = tuple[int, int, int, int]


class Server:
    """`conduyt serve` on a fresh data folder, and an API key for it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            **os.environ,
            "CONDUYT_DATA_DIR": str(folder / "data"),
            "CONDUYT_HTTP_PORT": str(self.port),
            "CONDUYT_RATE_LIMIT": "off",
        }
        self.folder = folder
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.key = ""

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with (self.folder / "server.log").open("wb") as log:
            process = subprocess.Popen([_conduyt(), "serve"], env=self.environment, stdout=log, stderr=log)
        try:
            self._wait()
            account = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD, "workspaceName": "Acceptance"}
            self.key = self.call("POST", "/auth/register", account)["token"]
            yield
        finally:
            self._connection.close()
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                self._connection.request("GET", "/healthz")
                self._connection.getresponse().read()
                return
            self._connection.close()
            time.sleep(0.05)
        raise SystemExit("the server did not come up: " + (self.folder / "server.log").read_text())

    def call(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """Return the JSON answer of a call that must succeed."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": content_type}
        self._connection.request(method, f"/api/v1{path}", raw, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text) if text else None

    def conduyt(self, *arguments: str) -> str:
        # The server closes connections that are silent for a while, and this may take long.
        self._connection.close()
        command = [_conduyt(), *arguments]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    def contacts(self) -> list[dict[str, Any]]:
        """Return all contacts with their custom fields, read page by page and then one by one."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.call("GET", f"/contacts?limit=100&cursor={quote(cursor)}")
            cursor = page["meta"]["nextCursor"]
            found += [self.call("GET", f"/contacts/{item['id']}")["data"] for item in page["data"]]
        return found


def _conduyt() -> str:
    found = shutil.which("conduyt", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if found is None:
        raise SystemExit("install the kit first: pip install -r requirements.txt")
    return found


def by_command(server: Server, file: Export) -> Counts:
    path = server.folder / f"{file.style.name}.csv"
    path.write_bytes(file.content())
    out = server.conduyt("import", "contacts", str(path), "--tags", TAG, "--source", SOURCE, "--default-region", REGION)
    [line] = [line for line in out.splitlines() if " rows: " in line]
    total, created, updated, errors = (int(word) for word in line.replace(",", "").split() if word.isdigit())
    return total, created, updated, errors


def by_csv(server: Server, file: Export) -> Counts:
    path = f"/contacts/import?tags={TAG}&source={quote(SOURCE)}&defaultRegion={REGION}"
    return _summed(file, lambda start, end: _done(server, server.call("POST", path, file.content(start, end), "text/csv")))


def by_json(server: Server, file: Export) -> Counts:
    options = {"tags": [TAG], "source": SOURCE, "defaultRegion": REGION}

    def send(start: int, end: int) -> Counts:
        return _done(server, server.call("POST", "/contacts/import", {"contacts": list(as_json(file, start, end)), **options}))

    return _summed(file, send)


def _summed(file: Export, send: Callable[[int, int], Counts]) -> Counts:
    parts = [send(start, start + PER_REQUEST) for start in range(0, len(file.rows), PER_REQUEST)]
    total, created, updated, errors = (sum(part[position] for part in parts) for position in range(4))
    return total, created, updated, errors


def _done(server: Server, started: dict[str, Any]) -> Counts:
    # Imports run side by side; rows that update those of an earlier request wait for it.
    while (now := server.call("GET", f"/contacts/import/{started['importId']}"))["status"] == "processing":
        time.sleep(0.02)
    return now["total"], now["created"], now["updated"], now["errors"]


def differences(server: Server, exports: Exports) -> int:
    names = ("firstName", "lastName", "email", "phone", "company", "source")
    got = sorted(
        (
            {name: c[name] for name in names} | {"tags": sorted(c["tags"]), "notes": c["customFields"].get("notes")}
            for c in server.contacts()
        ),
        key=str,
    )
    want = sorted(({**attrs.asdict(person), "tags": sorted(person.tags)} for person in exports.people), key=str)
    return abs(len(got) - len(want)) + sum(a != b for a, b in zip(got, want, strict=False))


def main(rows: int) -> int:
    exports = Exports(rows)
    failures = 0
    for importing in (by_command, by_csv, by_json):
        with tempfile.TemporaryDirectory(prefix="conduyt-acceptance-") as folder:
            server = Server(Path(folder))
            with server.running():
                server.call("POST", "/custom-fields", {"name": "Notes", "key": "notes", "type": "text", "entity": "contact"})
                for file in exports.files:
                    began = time.monotonic()
                    counts = importing(server, file)
                    took = time.monotonic() - began
                    right = counts == (len(file.rows), file.created, file.updated, len(file.wrong))
                    failures += not right
                    verdict = "" if right else " WRONG"
                    print(f"{importing.__name__} {file.style.name} ({file.style.encoding}): {counts} in {took:.1f} s{verdict}")
                wrong = differences(server, exports)
                failures += wrong
                print(f"{importing.__name__}: {len(exports.people)} contacts compared field by field, {wrong} differ")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
