"""Which events of the provider's were consumed."""

import datetime as dt

from conduyt_kit.features.billing.entities import CONSUMED_EVENT, ConsumedEvent
from conduyt_kit.kernel.jobs import JobSpec
from conduyt_kit.kernel.runs import JobRun
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.billing import BILLING, BillingEvent

KEPT_FOR = dt.timedelta(days=90)
"""Providers repeat an event for days at most, and a recorded one is refused by its signature after minutes."""
_CHUNK = 10_000


def consume(unit: UnitOfWork, event: BillingEvent) -> bool:
    """Note an event in the unit of work that has its effect; return False if it was noted before."""
    if was_consumed(unit, event):
        return False
    noted = ConsumedEvent(
        id=_key(unit, event), type=event.provider_type, object_id=event.object_id, happened_at=event.created, consumed_at=unit.now
    )
    unit.repository(CONSUMED_EVENT).add(noted)
    return True


def was_consumed(unit: UnitOfWork, event: BillingEvent) -> bool:
    """Whether an event was noted before."""
    return unit.repository(CONSUMED_EVENT).find(_key(unit, event)) is not None


def _key(unit: UnitOfWork, event: BillingEvent) -> str:
    return f"{unit.provider(BILLING).provider}:{event.id}"


def clean_up(run: JobRun) -> None:
    """Forget events that can no longer come again, in chunks."""
    before = run.environment.clock.now() - KEPT_FOR
    while run.environment.storage.purge(CONSUMED_EVENT, "consumed_at", before, limit=_CHUNK) == _CHUNK:
        continue


CLEAN_UP_JOB = JobSpec(kind="billing.clean_up", run=clean_up)
