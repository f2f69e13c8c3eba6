"""The workspace as a customer, and its subscription."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.features.billing.entities import BILLING_ACCOUNT, BillingAccount
from conduyt_kit.features.billing.events import SubscriptionChanged
from conduyt_kit.features.billing.plans import FREE_PLAN, Plans
from conduyt_kit.features.billing.settings import BillingSettings
from conduyt_kit.features.users import USER, User
from conduyt_kit.features.workspaces.entities import WORKSPACE, Plan
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.billing import BILLING, Subscription

IN_FORCE = frozenset({"trialing", "active", "past_due"})


class BillingAccounts:
    """The billing account of the unit's workspace."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._accounts = unit.repository(BILLING_ACCOUNT)
        self._provider = unit.provider(BILLING).provider
        self._plans = Plans(unit.settings(BillingSettings), self._provider)

    def find(self) -> BillingAccount | None:
        """Return the account at the provider in force, or ``None`` where there is none yet."""
        found = self._accounts.find(self._unit.context.workspace)
        return found if found is not None and found.provider == self._provider else None

    def ensure(self) -> BillingAccount:
        """Return the account, made if need be in the name of whoever asks, or else of the first admin.

        An account at another provider, as after fake billing was replaced, begins anew.

        Raises:
            Conflict: nobody in the workspace has an address that bills could go to.
        """
        found = self._accounts.find(self._unit.context.workspace)
        if found is not None and found.provider == self._provider:
            return found
        name, email = self._payer()
        if found is None:
            return self._accounts.create(id=self._unit.context.workspace, provider=self._provider, name=name, email=email)
        anew: dict[str, Any] = {"provider": self._provider, "name": name, "email": email, "customer": None}
        return self._followed(found, self._accounts.change(found, **anew, **_none(found.revision + 1)))

    def keep_customer(self, customer: str, *, asked_with: str | None) -> BillingAccount:
        """Note the provider's id of the customer, unless another has been noted since `asked_with` was read; return the account.

        With a customer that the provider no longer knows, as after the change from test to live mode, the subscription is gone too.
        """
        account = self._accounts.get_for_update(self._unit.context.workspace)
        if account.customer != asked_with:
            return account
        gone = _none(account.revision + 1) if account.customer else {}
        return self._followed(account, self._accounts.change(account, customer=customer, **gone))

    def take(self, subscription: Subscription, *, seen: int) -> bool:
        """Write the subscription as fetched; return False if the account has changed since its revision `seen` was read.

        The plan of the workspace follows: a subscription in force gives its plan, the end of one the free plan.
        """
        account = self._accounts.get_for_update(self._unit.context.workspace)
        if account.revision != seen or account.customer != subscription.customer:
            return False
        in_force = subscription.status in IN_FORCE
        plan = (self._plans.plan_of(subscription.price) or account.plan) if in_force else None
        changed = self._accounts.change(
            account,
            status=subscription.status,
            plan=plan,
            interval=subscription.interval,
            current_period_end=subscription.current_period_end,
            cancels_at_end=subscription.cancels_at_end,
            quantity=subscription.quantity,
            subscription_id=subscription.id,
            revision=account.revision + 1,
        )
        self._followed(account, changed)
        return True

    def _followed(self, before: BillingAccount, after: BillingAccount) -> BillingAccount:
        if after.plan != before.plan:
            self._set_plan(after.plan or FREE_PLAN)
        told, telling = _told(before), _told(after)
        if telling != told:
            self._unit.emit(telling)
        return after

    def _set_plan(self, plan: Plan) -> None:
        workspaces = self._unit.repository(WORKSPACE)
        if workspaces.find(self._unit.context.workspace) is not None:
            workspaces.change(workspaces.get_for_update(self._unit.context.workspace), plan=plan)

    def _payer(self) -> tuple[str, str]:
        users, actor = self._unit.repository(USER), self._unit.context.actor.id
        user: User | None = users.find(actor) if actor else None
        user = user or users.first(where(role="admin", status="active"), sort=("created_at",))
        if user is None:
            raise Conflict("Nobody in this workspace has an address that bills could go to; add an admin")
        workspace = self._unit.repository(WORKSPACE).find(self._unit.context.workspace)
        return (workspace.name if workspace else user.name), user.email


def is_outdated(account: BillingAccount, now: dt.datetime) -> bool:
    """Whether the period known has passed, so that a renewal or the end must have followed of which nothing was heard."""
    return account.status in IN_FORCE and account.current_period_end is not None and account.current_period_end <= now


def _none(revision: int) -> dict[str, Any]:
    blank = Subscription(customer="", status="none")
    names = ("status", "interval", "current_period_end", "cancels_at_end", "quantity")
    return {**{name: getattr(blank, name) for name in names}, "plan": None, "subscription_id": None, "revision": revision}


def _told(account: BillingAccount) -> SubscriptionChanged:
    return SubscriptionChanged(**{field.name: getattr(account, field.name) for field in attrs.fields(SubscriptionChanged)})
