"""Everything billing offers, on one page."""

from typing import TYPE_CHECKING, Any

from conduyt_kit.extension.records import FeatureSpec, ProviderSpec, Schedule
from conduyt_kit.features.billing.accounts import BillingAccounts
from conduyt_kit.features.billing.attempts import Attempts
from conduyt_kit.features.billing.consumed import CLEAN_UP_JOB
from conduyt_kit.features.billing.endpoints import ENDPOINTS
from conduyt_kit.features.billing.entities import BILLING_ACCOUNT, CHECKOUT_ATTEMPT, CONSUMED_EVENT
from conduyt_kit.features.billing.events import SubscriptionChanged
from conduyt_kit.features.billing.limits import CountedPlanLimits
from conduyt_kit.features.billing.online_payments import CheckoutPayments
from conduyt_kit.features.billing.plans import Plans
from conduyt_kit.features.billing.pretend_pages import PRETEND_PAGES
from conduyt_kit.features.billing.settings import BILLING_SETTINGS, BillingSettings
from conduyt_kit.ports.billing import BILLING as BILLING_PORT
from conduyt_kit.ports.online_payments import ONLINE_PAYMENTS, PaymentReceived
from conduyt_kit.ports.plan_limits import PLAN_LIMITS

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


def _limits_are_set(kit: "Kit") -> bool:
    return bool(kit.settings.section(BillingSettings).limits)


def _limits(kit: "Kit") -> CountedPlanLimits:
    return CountedPlanLimits(Plans(kit.settings.section(BillingSettings), kit.provider_name(BILLING_PORT)))


_PROVIDERS: tuple[ProviderSpec[Any], ...] = (
    ProviderSpec(port=ONLINE_PAYMENTS, name="checkout", make=lambda _: CheckoutPayments()),
    ProviderSpec(port=PLAN_LIMITS, name="plans", make=_limits, enabled=_limits_are_set),
)

BILLING = FeatureSpec(
    name="billing",
    description="Subscriptions, plan limits and online payments",
    requires=("workspaces", "users"),
    entities=(BILLING_ACCOUNT, CHECKOUT_ATTEMPT, CONSUMED_EVENT),
    services=(BillingAccounts, Attempts),
    endpoints=(*ENDPOINTS, *PRETEND_PAGES),
    events=(SubscriptionChanged, PaymentReceived),
    jobs=(CLEAN_UP_JOB,),
    schedules=(Schedule(name="billing.clean_up", cron="27 4 * * *", job=CLEAN_UP_JOB.kind),),
    settings=(BILLING_SETTINGS,),
    providers=_PROVIDERS,
)
