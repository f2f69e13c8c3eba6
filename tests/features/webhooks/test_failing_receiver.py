import random
import socket
import struct
import threading
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, cast

from conduyt_kit.defaults.inline_jobs import InlineJobs
from conduyt_kit.features.automations import Automations
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.ports.jobs import JOB_RUNNER
from tests.features.calls import Api
from tests.features.conftest import NOW
from tests.features.webhooks.conftest import Later
from tests.features.webhooks.receiver import Answering, Receiver, Taken, calling_kit, deliveries, receiving, register, verified

EVENTS = 500
FAILING = 0.3


class Unreliable:
    """Fails some requests in every way there is; notes which it took, and the ways it failed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.accepted: list[str] = []
        self.failures: Counter[str] = Counter()
        self.released = threading.Event()

    def __call__(self, taken: Taken, connection: socket.socket) -> Answering | None:
        with self._lock:
            # Waiting takes the timeout each time, so that way is rarer.
            ways = ["error"] * 10 + ["reset"] * 10 + ["cut"] * 10 + ["garbage"] * 5 + ["silent", "drip"]
            way = self._random.choice(ways) if self._random.random() < FAILING else "take"
            if way == "take":
                self.accepted.append(taken.headers["webhook-id"])
                return Answering()
            self.failures[way] += 1
        answering: Answering | None = getattr(self, way)(connection)
        return answering

    def error(self, _: socket.socket) -> Answering:
        return Answering(500)

    def reset(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def cut(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    def garbage(self, connection: socket.socket) -> None:
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

    def silent(self, _: socket.socket) -> None:
        self.released.wait(5)

    def drip(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.0 200 OK\r\n")
        try:
            while not self.released.wait(0.02):
                connection.sendall(b"X-A: b\r\n")
        except OSError:
            return


def fire_many(api: Api, events: int) -> None:
    runner = cast("InlineJobs", api.kit.provider(JOB_RUNNER))
    runner._eager = False
    for number in range(0, events, 50):
        with api.kit.unit_of_work("ws_a") as unit:
            for offset in range(min(50, events - number)):
                unit[Automations].fire("custom.ping", {"number": number + offset})


def run_until_nothing_waits(api: Api, webhook: dict[str, Any], later: Later) -> None:
    later(seconds=0)
    for _ in range(10):
        if api.get(f"/webhooks/{webhook['id']}/deliveries?status=pending").body["meta"]["total"] == 0:
            return
        later(hours=30)


def check_everything_arrived(api: Api, webhook: dict[str, Any], receiver: Receiver, unreliable: Unreliable, events: int) -> None:
    total = {
        status: api.get(f"/webhooks/{webhook['id']}/deliveries?status={status}").body["meta"]["total"]
        for status in ("delivered", "failed", "pending", "dropped")
    }
    assert total == {"delivered": events, "failed": 0, "pending": 0, "dropped": 0}
    assert sorted(unreliable.accepted) == sorted(set(unreliable.accepted))
    assert len(unreliable.accepted) == events
    bodies = defaultdict(set)
    for taken in receiver.taken:
        bodies[taken.headers["webhook-id"]].add(taken.body)
    assert len(bodies) == events
    assert {len(different) for different in bodies.values()} == {1}
    assert {next(iter(different)) for different in bodies.values()} == {taken.body for taken in receiver.taken}
    assert len(receiver.taken) == events + unreliable.failures.total()


def test_every_event_arrives_at_a_receiver_that_fails_in_all_ways(tmp_path: Path, clock: FrozenClock) -> None:
    unreliable = Unreliable(seed=20260315)
    with receiving() as receiver, calling_kit(tmp_path, clock, timeout=0.15) as kit:
        api, later = Api(kit, "admin-ws_a"), Later(kit, clock)
        webhook = register(api, receiver)
        receiver.behave = unreliable
        fire_many(api, EVENTS)
        run_until_nothing_waits(api, webhook, later)
        unreliable.released.set()

        check_everything_arrived(api, webhook, receiver, unreliable, EVENTS)
        assert set(unreliable.failures) == {"error", "reset", "cut", "garbage", "silent", "drip"}
        for taken in receiver.taken:
            at = NOW.fromtimestamp(int(taken.headers["webhook-timestamp"]), tz=NOW.tzinfo)
            verified(webhook["secret"], taken, at)
        assert deliveries(api, webhook)[0]["statusCode"] == 200
