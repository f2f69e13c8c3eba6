"""What the endpoints take."""

from typing import Annotated

import attrs
from msgspec import Meta

from conduyt_kit.features.email_templates.entities import BodyHtml, BodyText, Subject
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.values import Id, Name


@attrs.frozen(kw_only=True)
class TemplateInput:
    """A new template."""

    name: Annotated[Name, Meta(description="Internal template name")]
    subject: Annotated[Subject, Meta(description="Email subject line (supports merge fields)")]
    body_html: Annotated[BodyHtml, Meta(description="HTML email body (supports merge fields)")]
    body_text: Annotated[BodyText, Meta(description="Plain text fallback. Auto-generated from HTML if omitted.")] | None = None


TemplateChanges = patch_of(TemplateInput)


@attrs.frozen(kw_only=True)
class PreviewInput:
    """Whom to render a template for."""

    contact_id: Id


@attrs.frozen(kw_only=True)
class TemplateQuery(PageQuery):
    search: Annotated[str, Meta(description="Search by template name or subject")] | None = None
