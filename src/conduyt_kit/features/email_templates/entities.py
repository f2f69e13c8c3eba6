"""The e-mail template."""

import datetime as dt
from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import stored
from conduyt_kit.kernel.values import Name, Rule


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("Must not be blank")
    return value


Subject = Annotated[str, Meta(max_length=500), Rule("not_blank", _not_blank, {"minLength": 1})]
BodyHtml = Annotated[str, Meta(max_length=200_000), Rule("not_blank", _not_blank, {"minLength": 1})]
BodyText = Annotated[str, Meta(max_length=200_000)]


@attrs.frozen(kw_only=True)
class EmailTemplate:
    """An e-mail with merge fields. `text_given` says that `body_text` was written by somebody and not made from the HTML (R133)."""

    id: str
    name: Name
    subject: Subject
    body_html: BodyHtml
    body_text: BodyText
    text_given: bool = attrs.field(default=False, metadata=stored(hidden=True))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


EMAIL_TEMPLATE: EntitySpec[EmailTemplate] = entity(
    EmailTemplate,
    name="email_template",
    new_id=ids.prefixed_uuid("tmpl_"),
    indexes=[("-created_at",)],
    search=["name", "subject"],
    sort=("-created_at",),
    sortable=("name", "updated_at"),
)
