"""Sample pipelines for `conduyt demo`."""

from decimal import Decimal
from typing import Any

from conduyt_kit.features.pipelines.service import Pipelines
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create a sales and a renewal pipeline; leaves them in ``shared["pipelines"]``."""
    steps = {
        "New business": [("Lead", "0.1"), ("Qualified", "0.3"), ("Proposal", "0.6"), ("Negotiation", "0.8"), ("Closed Won", "1")],
        "Renewals": [("Due", "0.5"), ("Offered", "0.7"), ("Renewed", "1")],
    }
    shared["pipelines"] = [
        unit[Pipelines].create(name=name, stages=[{"name": stage, "probability": Decimal(chance)} for stage, chance in stages])
        for name, stages in steps.items()
    ]
