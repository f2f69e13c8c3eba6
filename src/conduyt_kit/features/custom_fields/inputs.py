"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.custom_fields.entities import Carrier, FieldType
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.values import Name

Key = Annotated[str, Meta(max_length=60, pattern=r"^[a-z][a-z0-9_]*\Z", description="API key (snake_case, unique per entity)")]
Options = Annotated[list[Name], Meta(max_length=500)]


@attrs.frozen(kw_only=True)
class CustomFieldInput:
    """A new custom field; `options` are needed by select and multi_select only."""

    name: Name
    key: Key
    type: FieldType
    entity: Carrier
    required: bool = False
    options: Options | None = None


CustomFieldChanges = patch_of(CustomFieldInput)


@attrs.frozen(kw_only=True)
class CustomFieldQuery:
    entity: Annotated[Carrier, Meta(description="Filter by entity type: contact, deal, company")] | None = None
