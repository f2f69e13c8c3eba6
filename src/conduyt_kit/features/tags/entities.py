"""The tag. Which contacts carry it is kept by the contacts, in their link entity."""

import datetime as dt

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, ManyToMany, Unique, entity
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.values import Color, Name

DEFAULT_COLOR = "#7C8CF8"


@attrs.frozen(kw_only=True)
class Tag:
    """A word to segment contacts by. `name_key` is the folded name, by which tags are found and told apart (R49)."""

    id: str
    name: Name
    name_key: str = attrs.field(metadata=stored(hidden=True))
    color: Color = DEFAULT_COLOR
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


TAG: EntitySpec[Tag] = entity(
    Tag,
    name="tag",
    new_id=ids.random_hex("tag_", 12),
    unique=[Unique(fields=("name_key",), field="name", message="A tag with this name exists already")],
    indexes=[("name",)],
    search=["name"],
    relations=[ManyToMany(name="contacts", entity="contact", link="contact_tag", here="tag_id", there="contact_id")],
    sort=("name",),
    sortable=("created_at",),
)
