"""A sample webhook for `conduyt demo`; it is inactive, since its receiver does not exist."""

from typing import Any

from conduyt_kit.features.webhooks.service import Webhooks
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_WANTED = ("contact.created", "deal.stage_changed", "invoice.paid")


def fill(unit: UnitOfWork, _: dict[str, Any]) -> None:
    """Register one webhook."""
    events = [name for name in _WANTED if unit.environment.events.knows(name)] or ["custom.*"]
    unit[Webhooks].create(url="https://hooks.example.org/conduyt", events=events, active=False)
