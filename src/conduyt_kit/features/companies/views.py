"""What the endpoints show."""

import datetime as dt
from typing import Any

import attrs

from conduyt_kit.features.companies.entities import Address, Company, CompanySize
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class CompanySummary:
    """A company in a list; `contact_count` is computed (R25)."""

    id: str
    name: str
    domain: str | None
    industry: str | None
    size: CompanySize | None
    contact_count: int
    created_at: dt.datetime


@attrs.frozen(kw_only=True)
class LinkedContact:
    """A contact as its company shows it."""

    id: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None


@attrs.frozen(kw_only=True)
class CompanyDetail(CompanySummary):
    """A single company (R26)."""

    address: Address | None
    contacts: list[LinkedContact]
    custom_fields: dict[str, Any]
    updated_at: dt.datetime


def summary(found: Loaded[Company]) -> CompanySummary:
    company = found.record
    return CompanySummary(
        id=company.id,
        name=company.name,
        domain=company.domain,
        industry=company.industry,
        size=company.size,
        contact_count=found.counts.get("contacts", 0),
        created_at=company.created_at,
    )


def detail(found: Loaded[Company]) -> CompanyDetail:
    company, contacts = found.record, found.related.get("contacts", ())
    return CompanyDetail(
        id=company.id,
        name=company.name,
        domain=company.domain,
        industry=company.industry,
        size=company.size,
        contact_count=len(contacts),
        created_at=company.created_at,
        address=company.address,
        contacts=[LinkedContact(id=c.id, first_name=c.first_name, last_name=c.last_name, email=c.email, phone=c.phone) for c in contacts],
        custom_fields=company.custom_fields,
        updated_at=company.updated_at,
    )
