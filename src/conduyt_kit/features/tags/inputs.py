"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.tags.entities import DEFAULT_COLOR
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Color, Name

TagNames = Annotated[list[Name], Meta(max_length=100)]
"""Names of tags in an input of another feature."""


@attrs.frozen(kw_only=True)
class TagInput:
    """A new tag."""

    name: Annotated[Name, Meta(description="Tag name (unique per workspace)")]
    color: Annotated[Color, Meta(description="Hex color code for display")] = DEFAULT_COLOR


TagChanges = patch_of(TagInput)


@attrs.frozen(kw_only=True)
class TagQuery(PageQuery):
    search: Annotated[str, Meta(description="Search by tag name")] | None = None
