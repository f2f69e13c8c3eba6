"""The settings of billing: which price a plan has, and what it includes."""

import typing
from collections.abc import Mapping
from typing import Any

import attrs

from conduyt_kit.features.workspaces.entities import Plan
from conduyt_kit.kernel.settings import SettingsSpec, setting
from conduyt_kit.ports.billing import BillingInterval
from conduyt_kit.ports.plan_limits import LimitedResource

PLANS: tuple[Plan, ...] = typing.get_args(Plan)
INTERVALS: tuple[BillingInterval, ...] = typing.get_args(BillingInterval)
RESOURCES: tuple[LimitedResource, ...] = typing.get_args(LimitedResource)
PRICED = tuple(f"{plan}_{interval}" for plan in PLANS for interval in INTERVALS)


def _prices(_: Any, __: Any, value: Mapping[str, Any]) -> None:
    unknown = [name for name in value if name not in PRICED]
    if unknown:
        raise ValueError(f"has {unknown[0]!r}; the names are {', '.join(PRICED)}")
    if not all(isinstance(price, str) and price for price in value.values()):
        raise ValueError("must map each name to the provider's id of a price")
    if len(set(value.values())) < len(value):
        raise ValueError("has one price for two plans, so a subscription would not say which it is of")


def _limits(_: Any, __: Any, value: Mapping[str, Any]) -> None:
    for plan, limits in value.items():
        if plan not in PLANS:
            raise ValueError(f"has the plan {plan!r}; the plans are {', '.join(PLANS)}")
        if not isinstance(limits, Mapping) or set(limits) - set(RESOURCES):
            raise ValueError(f"must give {plan} a table of {', '.join(RESOURCES)}")
        if not all(isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0 for limit in limits.values()):
            raise ValueError(f"must give {plan} whole numbers from 0 up")


@attrs.frozen(kw_only=True)
class BillingSettings:
    """Plans, prices and limits."""

    prices: dict[str, str] = attrs.field(
        factory=dict,
        validator=_prices,
        metadata=setting("The provider's price ids: {starter_monthly = ..., starter_annual = ..., ...}. Fake billing needs none."),
    )
    limits: dict[str, Any] = attrs.field(
        factory=dict,
        validator=_limits,
        metadata=setting("What plans allow: {starter = {seats = 3, contacts = 500, messages = 1000}}. What is not named is not limited."),
    )
    per_seat: bool = attrs.field(
        default=False, metadata=setting("Whether a checkout asks for as many units of the price as seats are used.")
    )
    return_url: str = attrs.field(default="", metadata=setting("Where the billing portal sends people back to; the public URL when empty."))


BILLING_SETTINGS = SettingsSpec(name="billing", cls=BillingSettings, description="Plans, their prices and what they allow.")
