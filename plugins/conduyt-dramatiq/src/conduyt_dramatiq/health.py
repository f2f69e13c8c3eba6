"""What readiness and ``conduyt doctor`` ask about jobs."""

from typing import TYPE_CHECKING

from conduyt_dramatiq.settings import BrokerSettings
from conduyt_kit.kernel.errors import Unavailable
from conduyt_kit.ports.jobs import JOB_RUNNER

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


def broker(kit: "Kit") -> str:
    """Return a sentence on the broker.

    Raises:
        Unavailable: it does not answer. Nothing is lost by that, and the server stays ready.
    """
    return kit.provider(JOB_RUNNER).check()


def oldest_due_job(kit: "Kit") -> str:
    """Return how long the longest due job has waited.

    Raises:
        Unavailable: longer than the setting ``oldest_due``: too few workers, or none.
    """
    now = kit.clock.now()
    oldest = kit.environment.storage.oldest_due(now)
    if oldest is None:
        return "no job waits"
    waited = (now - oldest).total_seconds()
    allowed = kit.settings.section(BrokerSettings).oldest_due
    if waited > allowed:
        raise Unavailable(
            f"The oldest due job has waited for {waited:.0f} s, {allowed:g} s are allowed; start more workers: `conduyt worker`"
        )
    return f"the oldest due job has waited for {waited:.1f} s"
