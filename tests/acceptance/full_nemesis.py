"""Servers and workers killed over and over while contacts are made and a webhook is told of each; the broker is wiped meanwhile.

    python -m tests.acceptance.full_nemesis [--kills N] [sqlite] [redis] [rabbitmq]

Without names, all three: SQLite with jobs in process, PostgreSQL with Redis, PostgreSQL with RabbitMQ; about two minutes each. The
services are those the tests use (CONDUYT_TEST_POSTGRES_URL and so on); Redis is used in database 12, which is emptied.

Prints the figures; ends with 1 if an acknowledged contact, its event or its delivery is missing, anything of a refused or rolled back
request was told, an event came under two ids, a job is left running or has failed, or the last delivery took too long.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import pika  # type: ignore[import-untyped]
import redis
import sqlalchemy as sa

KILLS = 20
WIPES = 3
LONGEST_TAKEOVER = 30.0
"""Seconds from the last kill to the last delivery."""

_LONGEST_WAIT = 60.0
_LONGEST_START = 60.0
_WRITERS = 3
_PAUSE = 0.15
_ANSWER_AFTER = 0.05
_REDIS_DATABASE = 12
_REFUSED = "Refused"


class Receiver:
    """Answers 200 to every webhook call, after a moment, so that kills meet calls in flight; remembers what it was told."""

    def __init__(self) -> None:
        self.ids: dict[str, set[str]] = {}
        self.first: dict[str, float] = {}
        self.last_names: set[str] = set()
        self.calls = 0
        self.last_call = 0.0
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.note(self.headers["webhook-id"], body)
                time.sleep(_ANSWER_AFTER)
                with contextlib.suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/told"

    def note(self, message_id: str, body: dict[str, Any]) -> None:
        with self._lock:
            self.calls += 1
            self.last_call = time.monotonic()
            self.ids.setdefault(body["id"], set()).add(message_id)
            self.first.setdefault(body["data"]["id"], time.monotonic())
            self.last_names.add(body["data"]["lastName"])

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@attrs.frozen(kw_only=True)
class Setup:
    """One configuration: a database, and a broker or none."""

    name: str
    database: str
    broker: str = ""
    queue: str = ""

    def wipe(self) -> None:
        """Take away what waits on the broker."""
        if self.broker.startswith("redis"):
            client: Any = redis.Redis.from_url(self.broker)
            client.flushdb()
            client.close()
        elif self.broker:
            self._on_rabbitmq("queue_purge")

    def clear(self) -> None:
        """Leave nothing on the broker."""
        if self.broker.startswith("amqp"):
            self._on_rabbitmq("queue_delete")
        else:
            self.wipe()

    def _on_rabbitmq(self, method: str) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self.broker))
        try:
            for queue in (self.queue, f"{self.queue}.DQ", f"{self.queue}.XQ"):
                # One that was not declared yet closes the channel.
                with contextlib.suppress(pika.exceptions.ChannelClosedByBroker):
                    getattr(connection.channel(), method)(queue)
        finally:
            connection.close()


class Process:
    """`conduyt serve` or `conduyt worker` in a process group of its own."""

    def __init__(self, command: str, environment: dict[str, str], log: Path) -> None:
        self._command = command
        self._environment = environment
        self._log = log
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            command = [_conduyt(), self._command]
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, start_new_session=True)

    def kill(self) -> None:
        """End the process and all its children, without a warning."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_and_restart(self) -> None:
        self.kill()
        self._process = self._started()

    def require_alive(self) -> None:
        if self._process.poll() is not None:
            raise SystemExit(f"conduyt {self._command} has ended with {self._process.returncode}: {self.log_end}")

    @property
    def log_end(self) -> str:
        return self._log.read_text(errors="replace")[-1500:]


class Client:
    """Calls of the API over one connection."""

    def __init__(self, port: int, key: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.key = key

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and JSON of the answer.

        Raises:
            OSError, HTTPException: there was none.
        """
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            self._connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        return answer.status, json.loads(text) if text else None

    def must(self, method: str, path: str, body: Any) -> Any:
        status, answer = self.call(method, path, body)
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {answer}")
        return answer

    def wait(self, server: Process) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + _LONGEST_START
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.call("GET", "/readyz")[0] == 200:
                    return
            server.require_alive()
            time.sleep(0.05)
        raise SystemExit(f"the server did not come up: {server.log_end}")


class Writers:
    """Threads that make contacts until stopped; every fourth request must be refused after its contact was written."""

    def __init__(self, port: int, key: str) -> None:
        self.acknowledged: dict[str, float] = {}
        self.statuses: Counter[str] = Counter()
        self._port, self._key = port, key
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(_WRITERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        client = Client(self._port, self._key)
        turn = 0
        while not self._stopping.wait(_PAUSE):
            turn += 1
            contact = {"firstName": "Ann", "lastName": f"Writer {number}.{turn}", "email": f"w{number}.{turn}@example.org"}
            refused = turn % 4 == 0
            if refused:
                contact |= {"lastName": _REFUSED, "assignedTo": "usr_nobody"}
            self._write(client, contact, 422 if refused else 201)

    def _write(self, client: Client, contact: dict[str, str], expected: int) -> None:
        try:
            status, answer = client.call("POST", "/api/v1/contacts", contact)
        except (OSError, http.client.HTTPException):
            self.statuses["no answer"] += 1
            return
        self.statuses[str(status) if status == expected else f"unexpected {status}"] += 1
        if status == 201:
            self.acknowledged[answer["data"]["id"]] = time.monotonic()


class Records:
    """What the database holds, read past the kit."""

    def __init__(self, database: str) -> None:
        self._engine = sa.create_engine(database, poolclass=sa.NullPool)

    def contacts(self) -> dict[str, str]:
        return {row.id: row.last_name for row in self._rows("SELECT id, last_name FROM contact")}

    def events(self) -> Counter[str]:
        return Counter(id for [id] in self._rows("SELECT entity_id FROM event WHERE name = 'contact.created'"))

    def unfinished(self) -> int:
        # What is queued for later belongs to schedules and second looks, and may be.
        soon = "SELECT count(*) FROM job WHERE state = 'running' OR (state = 'queued' AND kind IN ('webhooks.deliver', 'events.deliver'))"
        return int(self._rows(soon)[0][0])

    def jobs(self) -> dict[str, int]:
        return {state: int(number) for state, number in self._rows("SELECT state, count(*) FROM job GROUP BY state")}

    def _rows(self, statement: str) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(sa.text(statement)))


class Nemesis:
    """The run of one configuration, and its verdict."""

    def __init__(self, setup: Setup, folder: Path, kills: int) -> None:
        self._setup, self._kills = setup, kills
        self._port = _free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CONDUYT_")},
            "CONDUYT_DATA_DIR": str(folder / "data"),
            "CONDUYT_DATABASE_URL": setup.database,
            "CONDUYT_HTTP_PORT": str(self._port),
            "CONDUYT_RATE_LIMIT": "off",
            "CONDUYT_WEBHOOKS_ALLOW_PRIVATE_NETWORKS": "true",
        }
        if setup.broker:
            environment |= {"CONDUYT_BROKER_URL": setup.broker, "CONDUYT_BROKER_QUEUE": setup.queue}
        subprocess.run([_conduyt(), "db", "upgrade"], env=environment, check=True, capture_output=True)
        commands = ["serve", "worker"] if setup.broker else ["serve"]
        self._processes = [Process(command, environment, folder / f"{command}.log") for command in commands]
        self._receiver = Receiver()
        self._records = Records(setup.database)
        self._last_kill = self._last_restart = 0.0

    def run(self) -> bool:
        """Return whether everything held."""
        try:
            with self._receiver.running():
                writers = self._writers()
                self._rage(writers)
                self._drain(writers)
                return self._report(writers)
        finally:
            for process in self._processes:
                process.kill()

    def _writers(self) -> Writers:
        client = Client(self._port)
        client.wait(self._processes[0])
        account = {"name": "Ann", "email": "ann@example.org", "password": "seven green bottles", "workspaceName": "Nemesis"}
        client.key = client.must("POST", "/api/v1/auth/register", account)["token"]
        client.must("POST", "/api/v1/webhooks", {"url": self._receiver.url, "events": ["contact.created"]})
        return Writers(self._port, client.key)

    def _rage(self, writers: Writers) -> None:
        wipes = {self._kills * number // (WIPES + 1) for number in range(1, WIPES + 1)}
        writers.start()
        try:
            for kill in range(self._kills):
                Client(self._port).wait(self._processes[0])
                time.sleep(random.uniform(0.5, 3.5))
                if kill in wipes:
                    self._setup.wipe()
                self._last_kill = time.monotonic()
                self._processes[kill % len(self._processes)].kill_and_restart()
                self._last_restart = time.monotonic()
        finally:
            writers.stop()

    def _drain(self, writers: Writers) -> None:
        deadline = self._last_kill + _LONGEST_WAIT
        while time.monotonic() < deadline:
            for process in self._processes:
                process.require_alive()
            if writers.acknowledged.keys() <= self._receiver.first.keys() and not self._records.unfinished():
                return
            time.sleep(0.5)

    def _report(self, writers: Writers) -> bool:
        receiver, contacts, events = self._receiver, self._records.contacts(), self._records.events()
        acknowledged, told = writers.acknowledged, receiver.first
        waits = sorted(told[id] - at for id, at in acknowledged.items() if id in told)
        after_kill = receiver.last_call - self._last_kill
        jobs = self._records.jobs()
        wrong = {
            "acknowledged and lost": len(acknowledged.keys() - contacts.keys()),
            "contacts without exactly one event": sum(events[id] != 1 for id in contacts),
            "events without a contact": len(events.keys() - contacts.keys()),
            "contacts never delivered": len(contacts.keys() - told.keys()),
            "deliveries without a contact": len(told.keys() - contacts.keys()),
            "refused and written or told": sum(name == _REFUSED for name in [*contacts.values(), *receiver.last_names]),
            "events under two webhook-ids": sum(len(ids) != 1 for ids in receiver.ids.values()),
            "jobs left running": jobs.get("running", 0),
            "jobs failed": jobs.get("failed", 0),
            "unexpected answers": sum(number for status, number in writers.statuses.items() if status.startswith("unexpected")),
            f"last delivery later than {LONGEST_TAKEOVER:g} s": int(after_kill > LONGEST_TAKEOVER),
            "nothing done": int(not acknowledged or not writers.statuses["422"]),
        }
        print(f"{self._setup.name}: {self._kills} kills, answers {dict(writers.statuses)}")
        print(f"  {len(acknowledged)} acknowledged, {len(contacts)} contacts, {receiver.calls} calls for {len(told)} of them; jobs {jobs}")
        after_restart = receiver.last_call - self._last_restart
        print(f"  last delivery {after_kill:.1f} s after the last kill, {after_restart:.1f} s after the last restart")
        if waits:
            print(f"  from answer to delivery: median {waits[len(waits) // 2]:.2f} s, longest {waits[-1]:.1f} s")
        print("  " + (", ".join(f"{number} {what}" for what, number in wrong.items() if number) or "all held"), flush=True)
        return not any(wrong.values())


def _conduyt() -> str:
    found = shutil.which("conduyt", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if found is None:
        raise SystemExit("install the kit first: pip install -r requirements.txt")
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    """Make a database, yield its URL, drop it."""
    server = os.environ.get("CONDUYT_TEST_POSTGRES_URL") or "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"conduyt_nemesis_{secrets.token_hex(4)}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@contextlib.contextmanager
def _setup(name: str, folder: Path) -> Iterator[Setup]:
    if name == "sqlite":
        (folder / "data").mkdir()
        yield Setup(name="SQLite, jobs in process", database=f"sqlite:///{folder / 'data' / 'conduyt.db'}")
        return
    if name == "redis":
        server = urlsplit(os.environ.get("CONDUYT_TEST_REDIS_URL") or "redis://127.0.0.1:6379")
        broker = server._replace(path=f"/{_REDIS_DATABASE}").geturl()
    else:
        broker = os.environ.get("CONDUYT_TEST_RABBITMQ_URL") or "amqp://guest:guest@127.0.0.1:5672"
    with _postgres() as database:
        setup = Setup(name=f"PostgreSQL, {name}", database=database, broker=broker, queue=f"nemesis-{secrets.token_hex(4)}")
        try:
            yield setup
        finally:
            setup.clear()


def main(names: list[str], kills: int) -> int:
    held = True
    for name in names:
        with tempfile.TemporaryDirectory(prefix="conduyt-nemesis-") as folder, _setup(name, Path(folder)) as setup:
            held &= Nemesis(setup, Path(folder), kills).run()
    return 0 if held else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Kill servers and workers while contacts are made and told of.")
    parser.add_argument("names", nargs="*", choices=["sqlite", "redis", "rabbitmq"], default=["sqlite", "redis", "rabbitmq"])
    parser.add_argument("--kills", type=int, default=KILLS)
    given = parser.parse_args()
    raise SystemExit(main(given.names, given.kills))
