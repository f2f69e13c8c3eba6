"""The definition of a custom field; the values live in the `custom_fields` JSON field of the records."""

import datetime as dt
from typing import Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, Unique, entity
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.values import Name

FieldType = Literal["text", "number", "date", "select", "multi_select", "boolean"]
Carrier = Literal["contact", "deal", "company"]
"""The entities that carry custom fields."""


@attrs.frozen(kw_only=True)
class CustomField:
    """One field that a workspace defined for one entity; `key` names it in the API (R66)."""

    id: str
    name: Name
    key: str
    type: FieldType
    entity: Carrier
    required: bool = False
    options: list[str] | None = None
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


CUSTOM_FIELD: EntitySpec[CustomField] = entity(
    CustomField,
    name="custom_field",
    new_id=ids.sortable("field_"),
    unique=[Unique(fields=("entity", "key"), field="key", message="This entity already has a field with this key")],
    sort=("created_at",),
)
