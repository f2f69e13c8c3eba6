"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.workspaces.entities import Plan
from conduyt_kit.kernel.values import Url
from conduyt_kit.ports.billing import BillingInterval


@attrs.frozen(kw_only=True)
class CheckoutInput:
    """A plan to subscribe to (R98)."""

    plan: Annotated[Plan, Meta(description="Plan ID: starter, standard, premium, enterprise")]
    interval: Annotated[BillingInterval, Meta(description="Billing interval: monthly, annual")] = "monthly"
    success_url: Annotated[Url, Meta(description="Redirect URL after successful checkout")]
    cancel_url: Annotated[Url, Meta(description="Redirect URL if checkout is cancelled")]
