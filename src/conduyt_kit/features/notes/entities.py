"""The note."""

import datetime as dt
from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import CASCADE, SET_NULL, ref, stored

Content = Annotated[str, Meta(min_length=1, max_length=100_000, description="Note content (supports markdown)")]


@attrs.frozen(kw_only=True)
class Note:
    """A note, kept verbatim (R46). It goes with its contact; without its deal it stays.

    `created_by` is no reference: it stays readable when the user is gone (R84).
    """

    id: str
    content: Content
    contact_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("contact", on_delete=CASCADE, timeline=True)))
    deal_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("deal", on_delete=SET_NULL, timeline=True)))
    created_by: str | None = attrs.field(default=None, metadata=stored(read_only=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


NOTE: EntitySpec[Note] = entity(
    Note,
    name="note",
    new_id=ids.sortable("note_"),
    indexes=[("-created_at",), ("contact_id", "-created_at"), ("deal_id", "-created_at")],
    sort=("-created_at",),
    sortable=("updated_at",),
)
