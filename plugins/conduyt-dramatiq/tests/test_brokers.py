import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker

from conduyt_dramatiq import doorbell
from conduyt_dramatiq.brokers import address
from conduyt_kit.kernel.errors import Unavailable
from conduyt_kit.kernel.jobs import Job, JobSpec, NewJob
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kit import Kit
from conduyt_kit.ports.jobs import JOB_RUNNER
from conduyt_kit.testing.contracts.jobs import Jobs
from conduyt_kit.testing.contracts.jobs_domain import leave_trace

NEVER = 3600.0
"""A sweep interval that leaves only hints to find a job in time."""


class Gate:
    """A job that waits until it is let through."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.spec = JobSpec(kind="work.gate", run=self._run)

    def _run(self, run: JobRun) -> None:
        self.reached.set()
        assert self.opened.wait(20)
        leave_trace(run)


class StuckBroker(StubBroker):
    """A broker that answers only when told to, as one behind a broken network."""

    def __init__(self) -> None:
        super().__init__(middleware=[])
        self.asked, self.answer = threading.Event(), threading.Event()

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        self.asked.set()
        self.answer.wait(60)
        return message


@pytest.fixture
def dead_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]


@pytest.mark.service
def test_a_hint_reaches_a_process_that_does_not_sweep(server: Any, make_kit: Any) -> None:
    requester = Jobs(make_kit(url=server.url, queue=server.queue))
    worker: Kit = make_kit(url=server.url, queue=server.queue, sweep_interval=NEVER)
    worker.start(work=True)
    time.sleep(0.2)

    for key in ("a", "b"):
        requester.finished(requester.enqueue("work.trace", args={"key": key}))

    assert requester.traces() == ["a", "b"]


@pytest.mark.service
def test_hints_wait_on_the_broker_while_every_thread_is_busy(server: Any, make_kit: Any) -> None:
    gate = Gate()
    busy: Kit = make_kit(gate.spec, url=server.url, queue=server.queue, sweep_interval=NEVER, threads=1)
    idle: Kit = make_kit(gate.spec, url=server.url, queue=server.queue, sweep_interval=NEVER)
    jobs = Jobs(busy)
    busy.start(work=True)
    jobs.enqueue("work.gate", args={"key": "slow"})
    gate.reached.wait(20)

    others = [jobs.enqueue("work.trace", args={"key": f"quick {number}"}) for number in range(10)]
    jobs.until(lambda: server.waiting() >= 5)
    idle.start(work=True)
    for job in others:
        jobs.finished(job)

    assert "slow" not in jobs.traces()
    gate.opened.set()
    jobs.until(lambda: len(jobs.traces()) == 11)


@pytest.mark.service
def test_a_wiped_broker_loses_no_job(server: Any, make_kit: Any) -> None:
    gate = Gate()
    worker: Kit = make_kit(gate.spec, url=server.url, queue=server.queue, sweep_interval=0.3, threads=1)
    jobs = Jobs(worker)
    worker.start(work=True)
    jobs.enqueue("work.gate", args={"key": "first"})
    gate.reached.wait(20)
    with worker.unit_of_work(jobs.workspace) as unit:
        for number in range(20):
            unit.enqueue(NewJob(kind="work.trace", args={"key": f"{number:02}"}))
    jobs.until(lambda: server.waiting() >= 10)

    # Hints may still be on their way when the first ones are wiped.
    jobs.until(lambda: server.wipe() or server.waiting() == 0)

    gate.opened.set()
    jobs.until(lambda: len(jobs.traces()) == 21)
    assert sorted(jobs.traces()) == [*(f"{number:02}" for number in range(20)), "first"]
    assert {job.state for job in jobs.all()} == {"done"}


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_with_a_broker_that_is_down_writes_succeed_and_the_sweep_runs_the_jobs(scheme: str, dead_port: int, make_kit: Any) -> None:
    kit: Kit = make_kit(url=f"{scheme}://127.0.0.1:{dead_port}", sweep_interval=0.2)
    jobs = Jobs(kit)
    kit.start(work=True)

    made = [jobs.enqueue("work.trace", args={"key": str(number)}) for number in range(5)]

    assert [jobs.finished(job).state for job in made] == ["done"] * 5
    assert sorted(jobs.traces()) == ["0", "1", "2", "3", "4"]
    with pytest.raises(Unavailable, match=f"{scheme}://127.0.0.1:{dead_port} does not answer"):
        kit.provider(JOB_RUNNER).check()


def test_a_broker_that_never_answers_holds_up_no_request_and_takes_no_memory(make_kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = StuckBroker()
    monkeypatch.setattr(doorbell, "remote_broker", lambda url: stuck)
    jobs = Jobs(make_kit(url="redis://stuck"))
    sent: list[Job] = []

    def enqueue_many() -> None:
        with jobs.kit.unit_of_work(jobs.workspace) as unit:
            for number in range(2 * doorbell.LONGEST_QUEUE):
                unit.enqueue(NewJob(kind="work.trace", args={"key": str(number)}))
        sent.append(jobs.enqueue("work.trace", args={"key": "last"}))

    requester = threading.Thread(target=enqueue_many, daemon=True)
    requester.start()
    requester.join(30)

    assert [jobs.get(job).state for job in sent] == ["queued"]
    assert stuck.asked.wait(20)
    stuck.answer.set()


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_stopping_does_not_wait_for_a_broker_that_never_answers(scheme: str, silent_port: int, make_kit: Any) -> None:
    kit: Kit = make_kit(url=f"{scheme}://127.0.0.1:{silent_port}", sweep_interval=0.2)
    jobs = Jobs(kit)
    kit.start(work=True)
    job = jobs.finished(jobs.enqueue("work.trace", args={"key": "a"}))
    stopping = threading.Thread(target=kit.provider(JOB_RUNNER).stop, args=(5,), daemon=True)

    stopping.start()
    stopping.join(30)

    assert not stopping.is_alive()
    assert job.state == "done"


@pytest.mark.service
def test_a_broker_that_answers_is_reported_without_its_password(server: Any, make_kit: Any) -> None:
    kit: Kit = make_kit(url=server.url, queue=server.queue)

    assert kit.provider(JOB_RUNNER).check() == f"the broker at {address(server.url)} answers"
    assert "guest" not in address("amqp://guest:guest@mq.example:5672/vhost")
