"""Sample contacts for `conduyt demo`."""

import datetime as dt
from typing import Any

from conduyt_kit.features.contacts.service import Contacts
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_FIRST = ("Amara", "Bruno", "Chiara", "Dmitri", "Elif", "Fiona", "Gabriel", "Hana", "Ivo", "Jasmin")
_LAST = ("Okafor", "Lindqvist", "Moretti", "Tanaka")
_SOURCES = ("website", "referral", "ad", "trade-show-2026")


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create forty contacts spread over the sample companies, tags and users; leaves them in ``shared["contacts"]``."""
    shared["contacts"] = [_create(unit, shared, number) for number in range(len(_FIRST) * len(_LAST))]


def _create(unit: UnitOfWork, shared: dict[str, Any], number: int) -> Any:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST)]
    companies, tags, users = (shared.get(name) or () for name in ("companies", "tags", "users"))
    company = companies[number % len(companies)] if companies else None
    domain = company.domain if company else "example.com"
    since = unit.now - dt.timedelta(days=number * 53 % 90, hours=number % 24)
    return unit[Contacts].create(
        first_name=first,
        last_name=last,
        email=f"{first}.{last}@{domain}".lower(),
        phone=f"+1415555{2600 + number:04}",
        company=company.name if company else None,
        source=_SOURCES[number % len(_SOURCES)],
        assigned_to=users[number % len(users)].id if users and number % 5 else None,
        tags=tags[number % 5 : number % 5 + 1 + number % 2],
        custom_fields={"lead_score": (number * 37) % 101, "newsletter": number % 3 == 0},
        created_at=since,
        updated_at=since,
    )
