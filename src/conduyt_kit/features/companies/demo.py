"""Sample companies for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.companies.entities import Address
from conduyt_kit.features.companies.service import Companies
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_COMPANIES = (
    ("Harbor & Pine Interiors", "harborpine.example", "Design", "11-50", "Portland", "annual"),
    ("Brightwater Dental", "brightwater.example", "Healthcare", "51-200", "Austin", "trial"),
    ("Kestrel Freight", "kestrelfreight.example", "Logistics", "201-500", "Rotterdam", "annual"),
    ("Olive Street Bakery", "olivestreet.example", "Food", "1-10", "Lyon", "none"),
    ("Northfield Analytics", "northfield.example", "Technology", "51-200", "Toronto", "trial"),
    ("Solano Energy", "solano.example", "Energy", "500+", "Madrid", "none"),
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create companies of several sizes; leaves them in ``shared["companies"]``."""
    shared["companies"] = [
        unit[Companies].create(
            name=name, domain=domain, industry=industry, size=size, address=Address(city=city), custom_fields={"contract": contract}
        )
        for name, domain, industry, size, city, contract in _COMPANIES
    ]
