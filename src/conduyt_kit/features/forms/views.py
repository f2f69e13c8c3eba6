"""What the endpoints show."""

import datetime as dt
from typing import Any

import attrs
from msgspec import UNSET, UnsetType

from conduyt_kit.features.forms.entities import Form, FormField, FormFieldType, FormSettings, FormSubmission
from conduyt_kit.kernel.query import Loaded


@attrs.frozen(kw_only=True)
class FormFieldView:
    """One field; only a select has options."""

    key: str
    label: str
    type: FormFieldType
    required: bool
    options: list[str] | UnsetType = UNSET


@attrs.frozen(kw_only=True)
class FormSettingsView:
    """The settings that are set."""

    redirect_url: str | UnsetType = UNSET
    notify_emails: list[str] | UnsetType = UNSET
    auto_tag: str | UnsetType = UNSET
    assign_to: str | UnsetType = UNSET


@attrs.frozen(kw_only=True)
class FormView:
    """A form, in the documented order of keys; `submission_count` is computed (R115)."""

    id: str
    name: str
    description: str | None
    fields: list[FormFieldView]
    settings: FormSettingsView
    submission_count: int
    created_at: dt.datetime
    updated_at: dt.datetime


@attrs.frozen(kw_only=True)
class SubmissionView:
    """A submission: its data as it came in, and the contact (R116)."""

    id: str
    form_id: str
    data: dict[str, Any]
    contact_id: str | None
    submitted_at: dt.datetime


@attrs.frozen(kw_only=True)
class PublicFormView:
    """What anybody may see of a form."""

    name: str
    description: str | None
    fields: list[FormFieldView]
    redirect_url: str | None


@attrs.frozen(kw_only=True)
class EmbedView:
    """A form as HTML for another site, and the address of its own page."""

    html: str
    url: str


def form_view(found: Loaded[Form]) -> FormView:
    form = found.record
    return FormView(
        id=form.id,
        name=form.name,
        description=form.description,
        fields=_fields(form.fields),
        settings=_settings(form.settings),
        submission_count=found.counts.get("submissions", 0),
        created_at=form.created_at,
        updated_at=form.updated_at,
    )


def submission_view(submission: FormSubmission) -> SubmissionView:
    return SubmissionView(**{field.name: getattr(submission, field.name) for field in attrs.fields(SubmissionView)})


def listed_submission(found: Loaded[FormSubmission]) -> SubmissionView:
    return submission_view(found.record)


def public_view(form: Form) -> PublicFormView:
    return PublicFormView(
        name=form.name, description=form.description, fields=_fields(form.fields), redirect_url=form.settings.redirect_url
    )


def _fields(fields: list[FormField]) -> list[FormFieldView]:
    return [
        FormFieldView(key=f.key, label=f.label, type=f.type, required=f.required, options=UNSET if f.options is None else f.options)
        for f in fields
    ]


def _settings(settings: FormSettings) -> FormSettingsView:
    return FormSettingsView(**{name: value for name, value in attrs.asdict(settings).items() if value is not None})
