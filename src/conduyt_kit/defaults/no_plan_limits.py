"""No limits: every workspace may have as much as it likes."""

from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.plan_limits import LimitedResource


class NoPlanLimits:
    """The `PlanLimits` of an installation that sells no plans. Asks the storage nothing."""

    def check(self, unit: UnitOfWork, what: LimitedResource, *, adding: int = 1) -> None:
        return None

    def room(self, unit: UnitOfWork, what: LimitedResource) -> int | None:
        return None
