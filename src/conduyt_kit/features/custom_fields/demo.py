"""Sample custom fields for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.custom_fields.service import CustomFields
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def fill(unit: UnitOfWork, _: dict[str, Any]) -> None:
    """Define a few fields that later features fill."""
    fields = unit[CustomFields]
    fields.create(name="Lead score", key="lead_score", type="number", entity="contact", required=False)
    fields.create(name="Newsletter", key="newsletter", type="boolean", entity="contact", required=False)
    fields.create(name="Contract", key="contract", type="select", entity="company", required=False, options=["none", "trial", "annual"])
