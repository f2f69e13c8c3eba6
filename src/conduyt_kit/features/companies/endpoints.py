"""The documented endpoints of companies."""

from typing import Any

import attrs

from conduyt_kit.features.companies.entities import COMPANY
from conduyt_kit.features.companies.inputs import CompanyChanges, CompanyInput, CompanyQuery
from conduyt_kit.features.companies.service import Companies
from conduyt_kit.features.companies.views import CompanyDetail, CompanySummary, detail, summary
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import list_records

SECTION = "Companies"
READ_ONLY = frozenset({"id", "contactCount", "contacts", "createdAt", "updatedAt"})


def list_companies(call: Call[CompanyQuery, None]) -> Listing:
    counts = ("contacts",) if call.environment.spec_named("contact") else ()
    return list_records(call, COMPANY, summary, search=call.query.search, counts=counts)


def create_company(call: Call[None, CompanyInput]) -> CompanyDetail:
    companies = call.unit[Companies]
    return detail(companies.get(companies.create(**attrs.asdict(call.body, recurse=False)).id))


def get_company(call: Call[None, None]) -> CompanyDetail:
    return detail(call.unit[Companies].get(call.path["id"]))


def update_company(call: Call[None, Any]) -> CompanyDetail:
    companies = call.unit[Companies]
    return detail(companies.get(companies.update(call.path["id"], given(call.body)).id))


def delete_company(call: Call[None, None]) -> None:
    call.unit[Companies].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/companies",
        section=SECTION,
        summary="List all companies with optional search and pagination.",
        operation=list_companies,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=CompanySummary,
        query=CompanyQuery,
    ),
    Endpoint(
        method="POST",
        path="/companies",
        section=SECTION,
        summary="Create a new company.",
        operation=create_company,
        scope=Scope.WRITE,
        reply=CompanyDetail,
        status=201,
        body=CompanyInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/companies/:id",
        section=SECTION,
        summary="Retrieve a single company by ID, including linked contacts.",
        operation=get_company,
        scope=Scope.READ,
        reply=CompanyDetail,
        errors=(404,),
        entity="company",
    ),
    Endpoint(
        method="PATCH",
        path="/companies/:id",
        section=SECTION,
        summary="Update company fields. Only the given fields change.",
        operation=update_company,
        scope=Scope.WRITE,
        reply=CompanyDetail,
        body=CompanyChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="company",
    ),
    Endpoint(
        method="DELETE",
        path="/companies/:id",
        section=SECTION,
        summary="Delete a company. Linked contacts stay, without the link.",
        operation=delete_company,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        entity="company",
    ),
)
