"""The documented endpoints of e-mail templates, and their preview."""

from typing import Any

import attrs

from conduyt_kit.features.email_templates.entities import EMAIL_TEMPLATE
from conduyt_kit.features.email_templates.inputs import PreviewInput, TemplateChanges, TemplateInput, TemplateQuery
from conduyt_kit.features.email_templates.recipients import UNSUBSCRIBE_URL
from conduyt_kit.features.email_templates.service import EmailTemplates
from conduyt_kit.features.email_templates.views import PreviewView, SavedTemplateView, TemplateView, preview_view, saved_view, view
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kit_settings import KitSettings

SECTION = "Email Templates"
READ_ONLY = frozenset({"id", "mergeFields", "warnings", "createdAt", "updatedAt"})


def list_templates(call: Call[TemplateQuery, None]) -> Listing:
    return list_records(call, EMAIL_TEMPLATE, lambda found: view(found.record), search=call.query.search)


def create_template(call: Call[None, TemplateInput]) -> SavedTemplateView:
    templates = call.unit[EmailTemplates]
    made = templates.create(**attrs.asdict(call.body))
    return saved_view(made, templates.warnings(made))


def get_template(call: Call[None, None]) -> TemplateView:
    return view(call.unit[EmailTemplates].get(call.path["id"]))


def update_template(call: Call[None, Any]) -> SavedTemplateView:
    templates = call.unit[EmailTemplates]
    changed = templates.update(call.path["id"], given(call.body))
    return saved_view(changed, templates.warnings(changed))


def delete_template(call: Call[None, None]) -> None:
    call.unit[EmailTemplates].delete(call.path["id"])


def preview_template(call: Call[None, PreviewInput]) -> PreviewView:
    sample = {UNSUBSCRIBE_URL: call.unit.settings(KitSettings).public_url.rstrip("/") + "/unsubscribe/preview"}
    return preview_view(call.unit[EmailTemplates].preview(call.path["id"], call.body.contact_id, more=sample))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/emails/templates",
        section=SECTION,
        summary="List all email templates in the workspace.",
        operation=list_templates,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=TemplateView,
        query=TemplateQuery,
    ),
    Endpoint(
        method="POST",
        path="/emails/templates",
        section=SECTION,
        summary="Create a new email template. Unknown merge fields are named in warnings.",
        operation=create_template,
        scope=Scope.WRITE,
        reply=SavedTemplateView,
        status=201,
        body=TemplateInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/emails/templates/:id",
        section=SECTION,
        summary="Retrieve a single email template by ID.",
        operation=get_template,
        scope=Scope.READ,
        reply=TemplateView,
        errors=(404,),
        entity="email_template",
    ),
    Endpoint(
        method="PATCH",
        path="/emails/templates/:id",
        section=SECTION,
        summary="Update an email template. Only the given fields change.",
        operation=update_template,
        scope=Scope.WRITE,
        reply=SavedTemplateView,
        body=TemplateChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="email_template",
    ),
    Endpoint(
        method="DELETE",
        path="/emails/templates/:id",
        section=SECTION,
        summary="Delete an email template that no active sequence uses.",
        operation=delete_template,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404, 409),
        entity="email_template",
    ),
    Endpoint(
        method="POST",
        path="/emails/templates/:id/preview",
        section=SECTION,
        summary="Render a template for a contact, without sending anything.",
        operation=preview_template,
        scope=Scope.READ,
        reply=PreviewView,
        body=PreviewInput,
        errors=(404, 422),
        extension=True,
    ),
)
