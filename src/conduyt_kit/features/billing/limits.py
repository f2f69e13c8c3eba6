"""Plan limits, enforced once the settings name some."""

from conduyt_kit.features.billing.plans import Plans, plan_in_force
from conduyt_kit.features.billing.usage import used
from conduyt_kit.features.workspaces.entities import Plan
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.plan_limits import LimitedResource, PlanLimitReached


class CountedPlanLimits:
    """The `PlanLimits` by counting, under a lock of the workspace for each resource: what two requests would both still have found
    room for is counted by the second after the first has committed."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    def check(self, unit: UnitOfWork, what: LimitedResource, *, adding: int = 1) -> None:
        plan = plan_in_force(unit)
        limit = self._plans.limit(plan, what)
        if limit is not None and self._count(unit, what) + adding > limit:
            raise PlanLimitReached(what, limit, plan)

    def room(self, unit: UnitOfWork, what: LimitedResource) -> int | None:
        plan: Plan = plan_in_force(unit)
        limit = self._plans.limit(plan, what)
        return None if limit is None else max(0, limit - self._count(unit, what))

    def _count(self, unit: UnitOfWork, what: LimitedResource) -> int:
        unit.lock(f"plan-limit:{what}")
        return used(unit, what)
