"""Deals: potential revenue on its way through a pipeline."""

from conduyt_kit.features.deals.closing import CLOSING_POLICY, ClosingPolicy
from conduyt_kit.features.deals.entities import DEAL, Deal
from conduyt_kit.features.deals.service import Deals

__all__ = ["CLOSING_POLICY", "DEAL", "ClosingPolicy", "Deal", "Deals"]
