"""The form and what was submitted with it."""

import datetime as dt
from typing import Any, Literal

import attrs

from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, HasMany, entity
from conduyt_kit.kernel.fields import CASCADE, SET_NULL, ref, stored
from conduyt_kit.kernel.values import LongText, Name

FormFieldType = Literal["text", "email", "phone", "textarea", "select", "number"]


@attrs.frozen(kw_only=True)
class FormField:
    """One field; `options` are what a select offers, ``None`` for the other types (R111)."""

    key: str
    label: str
    type: FormFieldType
    required: bool = False
    options: list[str] | None = None


@attrs.frozen(kw_only=True)
class FormSettings:
    """What follows on a submission (R112): where the browser goes, who is mailed, the contact's tag and its owner."""

    redirect_url: str | None = None
    notify_emails: list[str] | None = None
    auto_tag: str | None = None
    assign_to: str | None = None


@attrs.frozen(kw_only=True)
class Form:
    """A form that anybody may submit."""

    id: str
    name: Name
    description: LongText | None = None
    fields: list[FormField]
    settings: FormSettings = attrs.field(factory=FormSettings)
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


@attrs.frozen(kw_only=True)
class FormSubmission:
    """What somebody submitted, as it came in (R116), and the contact that was matched or made of it."""

    id: str
    form_id: str = attrs.field(metadata=stored(ref=ref("form", on_delete=CASCADE)))
    data: dict[str, Any] = attrs.field(metadata=stored(personal=True))
    contact_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("contact", on_delete=SET_NULL, timeline=True)))
    submitted_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


FORM: EntitySpec[Form] = entity(
    Form,
    name="form",
    new_id=ids.prefixed_uuid("frm_"),
    indexes=[("-created_at",)],
    search=["name"],
    locators=("id",),
    relations=[HasMany(name="submissions", entity="form_submission", field="form_id")],
    sort=("-created_at",),
    sortable=("name", "updated_at"),
)

FORM_SUBMISSION: EntitySpec[FormSubmission] = entity(
    FormSubmission,
    name="form_submission",
    new_id=ids.prefixed_uuid("sub_"),
    indexes=[("form_id", "-submitted_at"), ("contact_id", "-submitted_at")],
    sort=("-submitted_at",),
    # `form.submitted` tells of it.
    events=False,
)
