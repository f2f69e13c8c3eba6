"""Clean-up of sessions and one-time tokens whose time is over."""

import datetime as dt

from conduyt_kit.features.auth.sessions import SESSION
from conduyt_kit.features.users.one_time_tokens import ONE_TIME_TOKEN
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun

_KEPT = dt.timedelta(days=1)
_CHUNK = 10_000


def clean_up(run: JobRun) -> None:
    """Delete what expired more than a day ago, in chunks."""
    before = run.environment.clock.now() - _KEPT
    for spec in (SESSION, ONE_TIME_TOKEN):
        while run.environment.storage.purge(spec, "expires_at", before, limit=_CHUNK) == _CHUNK:
            continue


CLEAN_UP_JOB = JobSpec(kind="auth.clean_up", run=clean_up)
