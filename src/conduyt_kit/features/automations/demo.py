"""A sample automation for `conduyt demo`; it is inactive, since there is no n8n to call."""

from typing import Any

from conduyt_kit.features.automations.service import Automations
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def fill(unit: UnitOfWork, _: dict[str, Any]) -> None:
    """Make one automation."""
    unit[Automations].create(
        name="New lead notification", trigger="custom.lead_scored", webhook_url="https://n8n.example.org/webhook/new-lead", active=False
    )
