"""Calls made at the same moment by real threads."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.features.calls import Answer

Action = Callable[[], Answer]


def together(actions: Sequence[Action]) -> list[Answer]:
    """Start all actions at once and return their answers in order; a crash of the server is an answer with 500."""
    barrier = threading.Barrier(len(actions))

    def run(action: Action) -> Answer:
        barrier.wait(timeout=30)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def statuses(answers: Sequence[Any]) -> list[int]:
    return sorted(answer.status for answer in answers)
