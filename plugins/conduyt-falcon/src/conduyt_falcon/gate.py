"""The gate: how many requests a server process works on at a time.

Threads that take turns at the interpreter's lock, and writers that wait for SQLite's, are slower together than one after the other;
but with a single thread, one client that sends its body slowly would hold up everybody. So there are many threads and a gate, which a
request leaves while its body is received.
"""

import threading
from types import TracebackType
from typing import Protocol


class Gate(Protocol):
    """A lock or semaphore, or `OpenGate`."""

    def acquire(self) -> object:
        """Wait for a place."""

    def release(self) -> None:
        """Give the place to the next."""


class OpenGate:
    """Lets everybody through: for servers of the embedding application, which limits its threads itself."""

    def acquire(self) -> None:
        """Return at once."""

    def release(self) -> None:
        """Return at once."""


def gate_of(places: int, threads: int) -> Gate:
    """Return a gate with that many places, for a process with that many threads."""
    if threads <= places:
        return OpenGate()
    return threading.Lock() if places == 1 else threading.BoundedSemaphore(places)


class Outside:
    """A block of code that runs outside the gate::

    with Outside(gate):
        body = stream.read(length)
    """

    __slots__ = ("_gate",)

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        self._gate.release()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._gate.acquire()
