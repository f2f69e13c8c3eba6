"""Making load: by the program wrk where it is installed, else by a generator of our own, bounded in time and number either way."""

import json
import math
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import attrs

CONNECTIONS = 16
MOST_REQUESTS = 2_000_000
_SLOWEST = 10

COUNTER = "@@"
"""Stands in a request's body for a number that is different each time."""


@attrs.frozen(kw_only=True)
class Shot:
    """One request of a load."""

    method: str
    path: str
    body: str = ""


@attrs.frozen(kw_only=True)
class Measured:
    """What a round of load saw. Times are in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    failures: int

    @property
    def rate(self) -> float:
        """Return the requests per second."""
        return self.requests / self.seconds


def run(port: int, token: str, shots: Sequence[Shot], seconds: float) -> Measured:
    """Send the shots over and over from `CONNECTIONS` connections for some seconds."""
    program = shutil.which("wrk")
    return _wrk(program, port, token, shots, seconds) if program else own_load(port, token, shots, seconds)


def generator() -> str:
    """Return what `run` uses."""
    return "wrk" if shutil.which("wrk") else "Python"


# wrk

_SCRIPT = """
local shots = {%s}
local at, sent = 0, 0
math.randomseed(%d)
local mark = math.random(1, 1000000)
function request()
  at = at %% #shots + 1
  sent = sent + 1
  if sent > %d then wrk.thread:stop() end
  local shot = shots[at]
  local body = shot[3]
  if body ~= "" then body = body:gsub("@@", mark .. "x" .. sent) end
  return wrk.format(shot[1], shot[2], nil, body ~= "" and body or nil)
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('\\n@{"requests":%%d,"us":%%d,"p50":%%f,"p99":%%f,"failures":%%d}\\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


def _wrk(program: str, port: int, token: str, shots: Sequence[Shot], seconds: float) -> Measured:
    listed = ", ".join(f"{{{_lua(shot.method)}, {_lua(shot.path)}, {_lua(shot.body)}}}" for shot in shots)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % (listed, time.time_ns() % 2**31, MOST_REQUESTS))
        script.flush()
        headers = ["-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json"]
        length = ["-t", "2", "-c", str(CONNECTIONS), "-d", f"{math.ceil(seconds)}s", "--timeout", f"{_SLOWEST}s"]
        command = [program, *length, *headers, "-s", str(Path(script.name)), f"http://127.0.0.1:{port}"]
        text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    found = json.loads(text.rpartition("\n@")[2])
    return Measured(
        requests=found["requests"],
        seconds=found["us"] / 1e6,
        p50=found["p50"] / 1e3,
        p99=found["p99"] / 1e3,
        failures=found["failures"],
    )


def _lua(text: str) -> str:
    return json.dumps(text)


# Our own


class _Connection:
    """A connection that always has one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_SLOWEST)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.started = 0.0
        self._buffer = b""

    def send(self, request: bytes) -> None:
        self.started = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """Return the answer's status once it is complete, else ``None``."""
        received = self.socket.recv(262_144)
        if not received:
            raise ConnectionError("the server closed the connection")
        self._buffer += received
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(rest) < _length(head):
            return None
        self._buffer = rest[_length(head) :]
        return int(head[9:12])


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def own_load(port: int, token: str, shots: Sequence[Shot], seconds: float) -> Measured:
    """Do what wrk does; it costs more of the machine, which brings all ratios closer to one."""
    selector = selectors.DefaultSelector()
    connections = [_Connection(port) for _ in range(CONNECTIONS)]
    prepared = [_prepared(shot, token) for shot in shots]
    times: list[float] = []
    failures = sent = 0
    begun = time.perf_counter()
    try:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(_numbered(prepared[sent % len(prepared)], sent))
            sent += 1
        while time.perf_counter() - begun < seconds and sent < MOST_REQUESTS:
            for key, _ in selector.select(timeout=1):
                status = key.data.receive()
                if status is None:
                    continue
                times.append(time.perf_counter() - key.data.started)
                failures += status >= 400
                key.data.send(_numbered(prepared[sent % len(prepared)], sent))
                sent += 1
        taken = time.perf_counter() - begun
    finally:
        for connection in connections:
            connection.socket.close()
    times.sort()
    p50, p99 = (times[int(len(times) * part)] * 1e3 if times else 0.0 for part in (0.5, 0.99))
    return Measured(requests=len(times), seconds=taken, p50=p50, p99=p99, failures=failures)


def _prepared(shot: Shot, token: str) -> tuple[bytes, str]:
    head = f"{shot.method} {shot.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    return head.encode(), shot.body


def _numbered(prepared: tuple[bytes, str], number: int) -> bytes:
    head, template = prepared
    body = template.replace(COUNTER, f"{time.time_ns()}x{number}").encode()
    return head + (f"Content-Length: {len(body)}\r\n\r\n".encode() + body if body else b"\r\n")
