"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.contacts.inputs import ContactChanges
from conduyt_kit.features.deals.inputs import DealChanges
from conduyt_kit.features.tags import TagNames
from conduyt_kit.kernel.values import Id

MOST_RECORDS = 1000

Ids = Annotated[list[Id], Meta(min_length=1, max_length=MOST_RECORDS, description="Array of record IDs (max 1,000)")]


@attrs.frozen(kw_only=True)
class BulkIds:
    """The records an operation is applied to; an id given twice counts once."""

    ids: Ids


@attrs.frozen(kw_only=True)
class BulkTags(BulkIds):
    """Tags to add to contacts."""

    tags: Annotated[TagNames, Meta(min_length=1, description="Tags to apply")]


def _updates(name: str, changes: type) -> type:
    return attrs.make_class(name, {"updates": attrs.field(type=changes)}, bases=(BulkIds,), frozen=True, slots=True, kw_only=True)


ContactUpdates = _updates("BulkContactUpdatesInput", ContactChanges)
DealUpdates = _updates("BulkDealUpdatesInput", DealChanges)
