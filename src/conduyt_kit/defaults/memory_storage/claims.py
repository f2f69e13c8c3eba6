"""Which due jobs a worker gets: the longest due of each workspace, dealt to the workspaces in turn."""

import datetime as dt
import random
from collections.abc import Collection, Iterable

from conduyt_kit.kernel.jobs import Job


def is_due(job: Job, now: dt.datetime) -> bool:
    """Return whether the job waits for a worker, or its worker's lease has run out."""
    if job.state == "queued":
        return job.due_at <= now
    return job.state == "running" and job.lease_until is not None and job.lease_until < now


def deal(queues: Iterable[tuple[str, Collection[Job]]], *, limit: int, per_workspace: int) -> list[tuple[str, Job]]:
    """Return at most `limit` jobs, at most `per_workspace` of each queue.

    No workspace gets a second one before each has its first. Who comes first is drawn by lot, so that with fewer places than
    workspaces a long queue of old jobs does not always win.
    """
    hands = [(workspace, sorted(jobs, key=lambda job: (job.due_at, job.id))[:per_workspace]) for workspace, jobs in queues]
    random.shuffle(hands)
    longest = max((len(jobs) for _, jobs in hands), default=0)
    dealt = [(workspace, jobs[turn]) for turn in range(longest) for workspace, jobs in hands if turn < len(jobs)]
    return dealt[:limit]
