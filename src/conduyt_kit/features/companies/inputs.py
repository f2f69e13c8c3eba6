"""What the endpoints take."""

from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.features.companies.entities import Address, CompanySize
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Name, ShortText


@attrs.frozen(kw_only=True)
class CompanyInput:
    """A new company."""

    name: Name
    domain: Annotated[ShortText, Meta(description="Website domain")] | None = None
    industry: Annotated[ShortText, Meta(description="Industry classification")] | None = None
    size: CompanySize | None = None
    address: Address | None = None
    custom_fields: Annotated[dict[str, Any], Meta(description="Values of custom fields by key")] = attrs.field(factory=dict)


CompanyChanges = patch_of(CompanyInput)


@attrs.frozen(kw_only=True)
class CompanyQuery(PageQuery):
    search: Annotated[str, Meta(description="Search by company name")] | None = None
