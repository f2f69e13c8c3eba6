"""The documented endpoints of forms that need a credential, and the HTML to embed one."""

from typing import Any

import attrs

from conduyt_kit.features.forms.entities import FORM, FORM_SUBMISSION
from conduyt_kit.features.forms.inputs import READ_ONLY, FormChanges, FormInput, FormQuery
from conduyt_kit.features.forms.page import form_html
from conduyt_kit.features.forms.service import Forms
from conduyt_kit.features.forms.views import EmbedView, FormView, SubmissionView, form_view, listed_submission
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import Loaded, where

SECTION = "Forms"


def list_forms(call: Call[FormQuery, None]) -> Listing:
    return list_records(call, FORM, form_view, search=call.query.search, counts=("submissions",))


def create_form(call: Call[None, FormInput]) -> FormView:
    return form_view(Loaded(record=call.unit[Forms].create(**attrs.asdict(call.body, recurse=False))))


def get_form(call: Call[None, None]) -> FormView:
    return form_view(call.unit[Forms].get(call.path["id"]))


def update_form(call: Call[None, Any]) -> FormView:
    forms = call.unit[Forms]
    return form_view(forms.get(forms.update(call.path["id"], given(call.body)).id))


def delete_form(call: Call[None, None]) -> None:
    call.unit[Forms].delete(call.path["id"])


def list_submissions(call: Call[PageQuery, None]) -> Listing:
    form = call.unit.repository(FORM).get(call.path["id"])
    return list_records(call, FORM_SUBMISSION, listed_submission, where(form_id=form.id))


def embed_form(call: Call[None, None]) -> EmbedView:
    form = call.unit.repository(FORM).get(call.path["id"])
    url = call.unit[Forms].page_url(form)
    return EmbedView(html=form_html(form, url, {}), url=url)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/forms",
        section=SECTION,
        summary="List all forms in the workspace with submission counts.",
        operation=list_forms,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=FormView,
        query=FormQuery,
    ),
    Endpoint(
        method="POST",
        path="/forms",
        section=SECTION,
        summary="Create a new lead capture form with custom fields and settings.",
        operation=create_form,
        scope=Scope.WRITE,
        reply=FormView,
        status=201,
        body=FormInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/forms/:id",
        section=SECTION,
        summary="Retrieve a single form by ID, including its field definitions and submission count.",
        operation=get_form,
        scope=Scope.READ,
        reply=FormView,
        errors=(404,),
        entity="form",
    ),
    Endpoint(
        method="PATCH",
        path="/forms/:id",
        section=SECTION,
        summary="Update a form. Settings change key by key, fields as a whole.",
        operation=update_form,
        scope=Scope.WRITE,
        reply=FormView,
        body=FormChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="form",
    ),
    Endpoint(
        method="DELETE",
        path="/forms/:id",
        section=SECTION,
        summary="Delete a form and all its submissions. This action cannot be undone.",
        operation=delete_form,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        entity="form",
    ),
    Endpoint(
        method="GET",
        path="/forms/:id/submissions",
        section=SECTION,
        summary="List all submissions for a form, paginated, newest first.",
        operation=list_submissions,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=SubmissionView,
        query=PageQuery,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/forms/:id/embed",
        section=SECTION,
        summary="The form as HTML to put into a page of another site, and the address of its own page.",
        operation=embed_form,
        scope=Scope.READ,
        reply=EmbedView,
        errors=(404,),
        extension=True,
    ),
)
