"""Clean-up of sessions, one-time tokens and registrations whose time is over."""

import datetime as dt
from typing import Any

from conduyt_kit.features.auth.registrations import REGISTRATION
from conduyt_kit.features.auth.sessions import SESSION
from conduyt_kit.features.users.one_time_tokens import ONE_TIME_TOKEN
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun

_KEPT = dt.timedelta(days=1)
_CHUNK = 10_000


def clean_up(run: JobRun) -> None:
    """Delete what has been over for a day, in chunks."""
    before = run.environment.clock.now() - _KEPT
    plan: tuple[tuple[EntitySpec[Any], str], ...] = ((SESSION, "expires_at"), (ONE_TIME_TOKEN, "expires_at"), (REGISTRATION, "created_at"))
    for spec, field in plan:
        while run.environment.storage.purge(spec, field, before, limit=_CHUNK) == _CHUNK:
            continue


CLEAN_UP_JOB = JobSpec(kind="auth.clean_up", run=clean_up)
