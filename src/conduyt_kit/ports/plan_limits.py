"""The port that says how much of something a workspace's plan allows.

A feature asks before it adds; without a provider that knows plans, nothing is limited. What is asked for stays locked until the unit
of work ends, so that of many requests at the limit no more get through than there is room for.
"""

from typing import Literal, Protocol

from conduyt_kit.kernel.environment import Port
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.unit_of_work import UnitOfWork

LimitedResource = Literal["seats", "contacts", "messages"]
"""What plans limit: users who take a seat, contacts, and messages sent in the current calendar month (UTC)."""

LIMIT_HEADER = "X-Plan-Limit"


class PlanLimitReached(Conflict):
    """The plan allows no more of something; the answer's header ``X-Plan-Limit`` names it, as in ``contacts=500``."""

    def __init__(self, what: LimitedResource, limit: int, plan: str) -> None:
        super().__init__(f"The plan {plan!r} includes {limit} {what}, and no more can be added; remove some or choose a larger plan")
        self.what = what
        self.limit = limit
        self.headers = {LIMIT_HEADER: f"{what}={limit}"}


class PlanLimits(Protocol):
    """Knows what each workspace's plan allows. Thread-safe."""

    def check(self, unit: UnitOfWork, what: LimitedResource, *, adding: int = 1) -> None:
        """Return if so many may be added in this unit of work; what the unit has added already counts.

        Raises:
            PlanLimitReached: the plan does not allow them.
        """

    def room(self, unit: UnitOfWork, what: LimitedResource) -> int | None:
        """Return how many more may be added in this unit of work, ``None`` for any number; for batches, which ask once."""


PLAN_LIMITS: Port[PlanLimits] = Port("plan_limits", "how much a workspace's plan allows")
