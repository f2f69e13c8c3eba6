"""What plans cost and include, from the settings."""

import logging
from collections.abc import Mapping

from conduyt_kit.features.billing.settings import INTERVALS, PLANS, BillingSettings
from conduyt_kit.features.workspaces.entities import Plan
from conduyt_kit.kernel.errors import Misconfigured
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.billing import BillingInterval
from conduyt_kit.ports.plan_limits import LimitedResource

FREE_PLAN: Plan = "starter"
"""The plan of a workspace that pays nothing."""

FAKE = "fake"
INCLUDED_SEATS: Mapping[Plan, int] = {"starter": 3, "standard": 10, "premium": 25, "enterprise": 100}
"""What the status shows as included where the settings say nothing. Only what the settings name is enforced."""

_log = logging.getLogger("conduyt.billing")


class Plans:
    """Prices and limits of the plans.

    Args:
        settings: the section ``billing``.
        provider: the billing provider's name; the fake one takes any price, so that nothing needs to be set to try it.
    """

    def __init__(self, settings: BillingSettings, provider: str) -> None:
        self._settings = settings
        self._provider = provider

    def price_of(self, plan: Plan, interval: BillingInterval) -> str:
        """Return the provider's id of a plan's price.

        Raises:
            Misconfigured: the settings name none.
        """
        found = self._named(plan, interval)
        if found is None:
            remedy = f"set {plan}_{interval} in `prices` of [billing]"
            raise Misconfigured(f"The plan {plan!r} has no {interval} price; {remedy}", self._provider)
        return found

    def plan_of(self, price: str | None) -> Plan | None:
        """Return the plan a price belongs to, or ``None`` for a price that is none of ours any more."""
        for plan in PLANS:
            if any(price == self._named(plan, interval) for interval in INTERVALS):
                return plan
        _log.warning("the price %r of a subscription belongs to no plan; name it in `prices` of [billing]", price)
        return None

    def limit(self, plan: Plan, what: LimitedResource) -> int | None:
        """Return how much of something a plan allows, ``None`` for any number."""
        found = self._settings.limits.get(plan, {}).get(what)
        return int(found) if found is not None else None

    def included_seats(self, plan: Plan) -> int:
        """Return the number of seats that come with a plan."""
        limit = self.limit(plan, "seats")
        return INCLUDED_SEATS[plan] if limit is None else limit

    def _named(self, plan: Plan, interval: BillingInterval) -> str | None:
        name = f"{plan}_{interval}"
        return self._settings.prices.get(name) or (name if self._provider == FAKE else None)


def plan_in_force(unit: UnitOfWork) -> Plan:
    """Return the plan of the workspace; that of an embedding application may have no record and is on the free one."""
    workspaces = unit.repository_named("workspace")
    found = workspaces.find(unit.context.workspace) if workspaces else None
    return FREE_PLAN if found is None else found.plan
