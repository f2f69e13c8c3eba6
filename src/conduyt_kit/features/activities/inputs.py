"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.kernel.listing import PageQuery


@attrs.frozen(kw_only=True)
class ActivityQuery(PageQuery):
    """The documented filters; all that are given must hold. Any entity type may be asked for (A28)."""

    entity_type: Annotated[str, Meta(description="Filter: contact, deal, task, note, pipeline, user, or any other entity")] | None = None
    entity_id: Annotated[str, Meta(description="Filter by specific entity ID")] | None = None
    action: Annotated[str, Meta(description="Filter: created, updated, deleted, login")] | None = None
    user_id: Annotated[str, Meta(description="Filter by user who performed the action")] | None = None
