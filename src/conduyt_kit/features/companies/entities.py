"""The company and its address."""

import datetime as dt
from typing import Any, Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, HasMany, entity
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.values import Name, ShortText

CompanySize = Literal["1-10", "11-50", "51-200", "201-500", "500+"]


@attrs.frozen(kw_only=True)
class Address:
    """A postal address; every part may be absent (R29)."""

    street: ShortText | None = None
    city: ShortText | None = None
    state: ShortText | None = None
    zip: ShortText | None = None
    country: ShortText | None = None


@attrs.frozen(kw_only=True)
class Company:
    """An organisation. `name_key` is the folded name, by which contacts are linked (A20)."""

    id: str
    name: Name
    name_key: str = attrs.field(metadata=stored(hidden=True))
    domain: ShortText | None = None
    industry: ShortText | None = None
    size: CompanySize | None = None
    address: Address | None = None
    custom_fields: dict[str, Any] = attrs.field(factory=dict)
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


COMPANY: EntitySpec[Company] = entity(
    Company,
    name="company",
    plural="companies",
    new_id=ids.sortable("comp_"),
    indexes=[("-created_at",), ("name",), ("name_key",)],
    search=["name"],
    relations=[HasMany(name="contacts", entity="contact", field="company_id")],
    sort=("-created_at",),
    sortable=("name", "updated_at"),
)
