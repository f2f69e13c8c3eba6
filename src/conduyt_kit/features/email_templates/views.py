"""What the endpoints show."""

import datetime as dt

import attrs

from conduyt_kit.features.email_templates.entities import EmailTemplate
from conduyt_kit.features.email_templates.rendering import Rendered
from conduyt_kit.features.email_templates.service import merge_field_names
from conduyt_kit.kernel.errors import Detail


@attrs.frozen(kw_only=True)
class TemplateView:
    id: str
    name: str
    subject: str
    body_html: str
    body_text: str
    merge_fields: list[str]
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class WarningView:
    """What is probably a mistake in a saved template."""

    field: str
    message: str


@attrs.frozen(kw_only=True)
class SavedTemplateView(TemplateView):
    """The answer to saving a template; `warnings` is empty where nothing looks wrong."""

    warnings: list[WarningView]


@attrs.frozen(kw_only=True)
class PreviewView:
    """A template rendered for a contact (X24)."""

    subject: str
    body_html: str
    body_text: str


def view(template: EmailTemplate) -> TemplateView:
    return TemplateView(
        id=template.id,
        name=template.name,
        subject=template.subject,
        body_html=template.body_html,
        body_text=template.body_text,
        merge_fields=merge_field_names(template),
        created_at=template.created_at,
        updated_at=template.updated_at,
    )


def saved_view(template: EmailTemplate, warnings: list[Detail]) -> SavedTemplateView:
    shown = [WarningView(field=warning.field, message=warning.message) for warning in warnings]
    return SavedTemplateView(**attrs.asdict(view(template), recurse=False), warnings=shown)


def preview_view(found: Rendered) -> PreviewView:
    return PreviewView(subject=found.subject, body_html=found.body_html, body_text=found.body_text)
