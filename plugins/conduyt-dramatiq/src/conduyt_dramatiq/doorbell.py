"""Hints between processes, over Redis or RabbitMQ.

A hint says that a job exists. Everything about it may fail, be late or come twice: the sweep finds the job without it.
"""

import logging
import queue
import threading
from collections.abc import Sequence

import dramatiq

from conduyt_dramatiq.brokers import address, ping, remote_broker
from conduyt_dramatiq.pool import ACTOR, WorkerPool

_log = logging.getLogger("conduyt.jobs")

LONGEST_QUEUE = 1000
"""Hints that wait to be sent; more are dropped, since by then the sweep is the faster way."""
PAUSE_AFTER_FAILURE = 1.0
_IDLE_MS = 100
"""How soon an idle Redis consumer looks again, so the longest wait of a hint."""

_Hint = tuple[str, str]


class HintSender:
    """Sends hints from a thread of its own, so that a slow or dead broker costs the caller nothing. The thread starts with the first."""

    def __init__(self, url: str, queue_name: str) -> None:
        self._url = url
        self._queue_name = queue_name
        self._hints: queue.Queue[_Hint | None] = queue.Queue(LONGEST_QUEUE)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failing = False

    def send(self, hints: Sequence[_Hint]) -> None:
        """Leave hints to be sent; drop those for which there is no room. Never blocks or raises."""
        self._ensure_thread()
        try:
            for hint in hints:
                self._hints.put_nowait(hint)
        except queue.Full:
            _log.debug("hints are dropped: more than %d wait to be sent", LONGEST_QUEUE)

    def stop(self, timeout: float) -> None:
        """Send what is left, if that is possible within the time."""
        if self._thread is None or self._stopping.is_set():
            return
        try:
            self._hints.put(None, timeout=timeout / 2)
        except queue.Full:
            _log.debug("hints are left unsent")
        self._stopping.set()
        self._thread.join(timeout / 2)

    def _ensure_thread(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="conduyt-hints", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        broker = remote_broker(self._url)
        broker.declare_queue(self._queue_name)
        while (hint := self._hints.get()) is not None:
            self._try_to_send(broker, hint)
        broker.close()

    def _try_to_send(self, broker: dramatiq.Broker, hint: _Hint) -> None:
        try:
            broker.enqueue(dramatiq.Message(queue_name=self._queue_name, actor_name=ACTOR, args=hint, kwargs={}, options={}))
            self._failing = False
        except Exception as error:  # noqa: BLE001 - whatever the client library raises, the sweep finds the job
            if not self._failing:
                _log.warning("hints cannot be sent to %s (%s); jobs run at the next sweep", address(self._url), error)
            self._failing = True
            self._drop_waiting()

    def _drop_waiting(self) -> None:
        """Forget what waits, instead of trying a dead broker once for each; then give it a moment."""
        while not self._hints.empty() and not self._stopping.is_set():
            if self._hints.get() is None:
                self._hints.put(None)
                return
        self._stopping.wait(PAUSE_AFTER_FAILURE)


class HintReceiver:
    """Rings the bell of this process for every hint that reaches it, once one of its threads is free."""

    def __init__(self, url: str, queue_name: str, pool: WorkerPool, bell: threading.Event) -> None:
        self._pool = pool
        self._bell = bell
        self._stopping = threading.Event()
        self._broker = remote_broker(url)
        dramatiq.actor(broker=self._broker, actor_name=ACTOR, queue_name=queue_name)(self._ring)
        self._worker = dramatiq.Worker(self._broker, worker_threads=1, worker_timeout=_IDLE_MS)

    def start(self) -> None:
        self._broker.emit_after("process_boot")
        self._worker.start()

    def stop(self, timeout: float) -> None:
        """Listen no more; hints not yet followed go back to the broker."""
        self._stopping.set()
        self._worker.stop(timeout=max(1, int(1000 * timeout)))
        self._broker.close()

    def _ring(self, workspace: str, job_id: str) -> None:
        # A process that is busy keeps its few hints; the others stay on the broker for idle ones.
        while not self._stopping.is_set() and not self._pool.wait_for_room(timeout=0.2):
            pass
        _log.debug("hint of job %s in workspace %s", job_id, workspace)
        self._bell.set()


def check(url: str) -> str:
    """Return a sentence on a broker that answers.

    Raises:
        Unavailable: it does not answer.
    """
    ping(remote_broker(url), url)
    return f"the broker at {address(url)} answers"
