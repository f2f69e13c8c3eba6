"""The documented statistics of the dashboard."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.dashboard.figures import Dashboard
from conduyt_kit.features.dashboard.periods import Period
from conduyt_kit.features.dashboard.views import DashboardView
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope


@attrs.frozen(kw_only=True)
class DashboardQuery:
    """The documented period; another one is refused (R100)."""

    period: Annotated[Period, Meta(description="Time period: 7d, 30d, 90d, ytd (default: 30d)")] = "30d"


def get_stats(call: Call[DashboardQuery, None]) -> DashboardView:
    return call.unit[Dashboard].figures(call.query.period)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/dashboard/stats",
        section="Dashboard",
        summary="Retrieve the workspace in numbers: contacts, deals, tasks and messages of a period.",
        operation=get_stats,
        scope=Scope.READ,
        envelope=Envelope.BARE,
        reply=DashboardView,
        query=DashboardQuery,
    ),
)
