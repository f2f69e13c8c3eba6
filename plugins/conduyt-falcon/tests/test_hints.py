import queue
import socket
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from conduyt_falcon.hints import HintReceiver, SupervisedJobs


@pytest.fixture
def told() -> Any:
    return queue.Queue()


@pytest.fixture
def receiver(told: Any) -> Any:
    found = HintReceiver(told.put)
    found.start()
    yield found
    found.stop()


def test_hint_arrives(receiver: Any, told: Any) -> None:
    jobs = SupervisedJobs(receiver.address)
    jobs.hint([("ws_one", "job_1"), ("ws_two", "job_2")])
    assert told.get(timeout=5) == [("ws_one", "job_1"), ("ws_two", "job_2")]
    jobs.close()


def test_no_jobs_are_no_hint(receiver: Any, told: Any) -> None:
    jobs = SupervisedJobs(receiver.address)
    jobs.hint([])
    jobs.hint([("ws", "one")])
    assert told.get(timeout=5) == [("ws", "one")]
    jobs.close()


def test_hint_to_nobody_is_dropped(tmp_path: Path) -> None:
    jobs = SupervisedJobs(str(tmp_path / "nobody"))
    jobs.hint([("ws", "one")])
    jobs.close()


def test_hints_that_nobody_takes_do_not_block(told: Any) -> None:
    receiver = HintReceiver(told.put)
    jobs = SupervisedJobs(receiver.address)
    for number in range(5000):
        jobs.hint([("ws", f"job_{number}")])
    jobs.close()
    receiver.stop()


def test_receiver_survives_nonsense_and_a_runner_that_fails(told: Any, caplog: pytest.LogCaptureFixture) -> None:
    def picky(jobs: Any) -> None:
        if jobs == [("ws", "bad")]:
            raise RuntimeError("runner broke")
        told.put(jobs)

    receiver = HintReceiver(picky)
    receiver.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        for datagram in (b"{", b"[1]", b'[["ws", "bad"]]', b'[["ws", "good"]]'):
            other.sendto(datagram, receiver.address)
    assert told.get(timeout=5) == [("ws", "good")]
    receiver.stop()
    assert "runner broke" in caplog.text


def test_socket_is_out_of_reach_of_other_users_and_removed_at_the_end(told: Any) -> None:
    receiver = HintReceiver(told.put)
    folder = Path(receiver.address).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    receiver.start()
    receiver.stop()
    assert not folder.exists()
    assert not [thread for thread in threading.enumerate() if thread.name == "conduyt-hints"]
