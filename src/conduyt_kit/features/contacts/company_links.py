"""The link between contacts and companies: by equal name, compared case-insensitively (A20).

A contact is linked when its company text is written, or when a company of that name appears while it has no link. The text always
stays what was typed. Whoever gives `company_id` decides for themselves, until the text is next written without it. Renaming a company
keeps the contacts it has.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from conduyt_kit.features.contacts.entities import CONTACT
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.events import INSIDE, Happened, Subscription
from conduyt_kit.kernel.query import Compare, Op, where
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def with_company(unit: UnitOfWork, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to write with `company_key` and `company_id` as the given company text or id asks.

    An id without a text also brings the company's name as the text. A text without an id is linked to the company of that name, the
    oldest of several, or to none.

    Raises:
        ValidationFailed: the id is no company.
    """
    values = dict(wanted)
    if values.get("company_id"):
        values |= _chosen(unit, values)
    elif "company" in values and "company_id" not in values:
        key = company_key(values["company"])
        values["company_id"] = companies_named(unit, [key]).get(key) if key else None
    if "company" in values:
        values["company_key"] = company_key(values["company"])
    return values


def company_key(text: str | None) -> str | None:
    """Return the folded company text, by which contacts are linked; ``None`` for no text."""
    return (ids.fold(text) or None) if text else None


def companies_named(unit: UnitOfWork, keys: Iterable[str]) -> dict[str, str]:
    """Return the id of the oldest company of each folded name; names without a company are left out."""
    companies = unit.repository_named("company")
    wanted = tuple(keys)
    if companies is None or not wanted:
        return {}
    newest_first = companies.all(Compare("name_key", Op.IN, wanted), sort=("-created_at",))
    return {company.name_key: company.id for company in newest_first}


def _chosen(unit: UnitOfWork, values: Mapping[str, Any]) -> dict[str, Any]:
    companies = unit.repository_named("company")
    company = companies.find(values["company_id"]) if companies else None
    if company is None:
        raise ValidationFailed.on("companyId", "Refers to a company that does not exist in this workspace")
    return {"company_id": company.id} if "company" in values else {"company_id": company.id, "company": company.name}


def _link_matching(unit: UnitOfWork, happened: Happened) -> None:
    if happened.name == "company.updated" and "name" not in happened.data["changes"]:
        return
    key = ids.fold(happened.data["name"])
    unit.repository(CONTACT).update_where(where(company_key=key, company_id=None), company_id=happened.entity_id)


SUBSCRIPTIONS = (
    Subscription(event="company.created", handler=_link_matching, when=INSIDE, name="contacts.link_to_new_company"),
    Subscription(event="company.updated", handler=_link_matching, when=INSIDE, name="contacts.link_to_renamed_company"),
)
