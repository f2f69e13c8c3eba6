"""The steps of a run: its actions with what became of each, as JSON objects.

A step is pending until it succeeded, failed or was skipped. A failed one stops the run, unless its action says ``onError: continue``.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conduyt_kit.features.workflows.entities import RunStatus
from conduyt_kit.kernel.changes import plain

Step = dict[str, Any]

RUN_JOB = "workflows.run"
_ENDS = ("executedAt", "result", "error")


def new_steps(actions: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Return the steps of a run that begins with these actions."""
    return [{**action, "status": "pending"} for action in actions]


def stopped_steps(actions: Iterable[Mapping[str, Any]], reason: str, now: dt.datetime) -> list[Step]:
    """Return the steps of a run that must not begin."""
    steps = new_steps(actions)
    return failed(steps, 0, reason, now, policy="stop")


def next_step(steps: Sequence[Step]) -> int | None:
    """Return the number of the step to carry out next, or ``None`` at the end."""
    return next((number for number, step in enumerate(steps) if step["status"] == "pending"), None)


def with_step(steps: Sequence[Step], number: int, **changes: Any) -> list[Step]:
    """Return the steps with some values of one step set."""
    return [{**step, **changes} if index == number else step for index, step in enumerate(steps)]


def succeeded(steps: Sequence[Step], number: int, result: Mapping[str, Any], now: dt.datetime) -> list[Step]:
    """Return the steps after one succeeded."""
    done = with_step(steps, number, status="success", result=plain(dict(result)), executedAt=plain(now))
    done[number].pop("prepared", None)
    return done


def failed(steps: Sequence[Step], number: int, error: str, now: dt.datetime, *, policy: str | None = None) -> list[Step]:
    """Return the steps after one failed; unless the policy, by default its action's, is to continue, the rest is skipped."""
    done = with_step(steps, number, status="failed", error=error, executedAt=plain(now))
    if (policy or done[number].get("onError")) == "continue":
        return done
    return [{**step, "status": "skipped"} if step["status"] == "pending" else step for step in done]


def again(steps: Sequence[Step]) -> list[Step]:
    """Return the steps for another try: what succeeded or was prepared stays, what failed or was skipped is to be done (X25)."""
    return [
        {key: value for key, value in step.items() if key not in _ENDS} | {"status": "pending"} if step["status"] != "success" else step
        for step in steps
    ]


def outcome(steps: Iterable[Step]) -> RunStatus:
    """Return what a run is whose steps are all over."""
    return "failed" if any(step["status"] == "failed" for step in steps) else "success"
