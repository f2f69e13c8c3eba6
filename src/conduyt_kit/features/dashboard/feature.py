"""Everything the dashboard offers, on one page."""

from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.features.dashboard.endpoints import ENDPOINTS
from conduyt_kit.features.dashboard.figures import Dashboard

DASHBOARD = FeatureSpec(name="dashboard", description="The workspace in numbers", services=(Dashboard,), endpoints=ENDPOINTS)
