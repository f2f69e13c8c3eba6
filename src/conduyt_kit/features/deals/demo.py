"""Sample deals for `conduyt demo`."""

import datetime as dt
from decimal import Decimal
from itertools import cycle
from typing import Any

from conduyt_kit.features.deals.service import Deals
from conduyt_kit.features.pipelines import Pipelines
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_DEALS = (
    ("Studio relaunch", "18500", 1),
    ("Patient portal", "64000", 3),
    ("Fleet tracking pilot", "27500", 2),
    ("Online ordering", "4200", 0),
    ("Data warehouse", "88000", 3),
    ("Solar dashboard", "120000", 1),
    ("Support contract", "9600", 4),
    ("Warehouse scanners", "31000", 4),
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create deals in several stages, some won, one lost; leaves them in ``shared["deals"]``."""
    pipeline = shared["pipelines"][0]
    stages = unit[Pipelines].stages(pipeline.id)
    contacts = cycle(shared.get("contacts") or [None])
    companies = cycle(shared.get("companies") or [None])
    deals = unit[Deals]
    shared["deals"] = []
    for number, (name, value, stage) in enumerate(_DEALS):
        contact, company = next(contacts), next(companies)
        deal = deals.create(
            name=name,
            value=Decimal(value),
            pipeline_id=pipeline.id,
            stage_id=stages[stage].id,
            contact_id=contact.id if contact else None,
            company_id=company.id if company else None,
            expected_close_date=(unit.now + dt.timedelta(days=7 * number + 10)).date(),
        )
        shared["deals"].append(deal)
    deals.update(shared["deals"][3].id, {"status": "lost"})
