"""The documented endpoints of custom fields, and X26."""

from typing import Any

import attrs

from conduyt_kit.features.custom_fields.entities import Carrier, CustomField, FieldType
from conduyt_kit.features.custom_fields.inputs import CustomFieldChanges, CustomFieldInput, CustomFieldQuery
from conduyt_kit.features.custom_fields.service import CustomFields
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope

SECTION = "Custom Fields"


@attrs.frozen(kw_only=True)
class CustomFieldView:
    """A custom field as the API shows it; `options` is null for types without them (R68)."""

    id: str
    name: str
    key: str
    type: FieldType
    entity: Carrier
    required: bool
    options: list[str] | None


def view(field: CustomField) -> CustomFieldView:
    return CustomFieldView(
        id=field.id,
        name=field.name,
        key=field.key,
        type=field.type,
        entity=field.entity,
        required=field.required,
        options=field.options,
    )


def list_custom_fields(call: Call[CustomFieldQuery, None]) -> list[CustomFieldView]:
    return [view(field) for field in call.unit[CustomFields].list(call.query.entity)]


def create_custom_field(call: Call[None, CustomFieldInput]) -> CustomFieldView:
    return view(call.unit[CustomFields].create(**attrs.asdict(call.body, recurse=False)))


def get_custom_field(call: Call[None, None]) -> CustomFieldView:
    return view(call.unit[CustomFields].get(call.path["id"]))


def update_custom_field(call: Call[None, Any]) -> CustomFieldView:
    return view(call.unit[CustomFields].update(call.path["id"], given(call.body)))


def delete_custom_field(call: Call[None, None]) -> None:
    call.unit[CustomFields].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/custom-fields",
        section=SECTION,
        summary="List all custom field definitions.",
        operation=list_custom_fields,
        scope=Scope.READ,
        envelope=Envelope.LIST,
        reply=CustomFieldView,
        query=CustomFieldQuery,
    ),
    Endpoint(
        method="POST",
        path="/custom-fields",
        section=SECTION,
        summary="Define a new custom field.",
        operation=create_custom_field,
        scope=Scope.WRITE,
        reply=CustomFieldView,
        status=201,
        body=CustomFieldInput,
        errors=(422,),
    ),
    Endpoint(
        method="GET",
        path="/custom-fields/:id",
        section=SECTION,
        summary="Retrieve a custom field definition.",
        operation=get_custom_field,
        scope=Scope.READ,
        reply=CustomFieldView,
        errors=(404,),
        extension=True,
        entity="custom_field",
    ),
    Endpoint(
        method="PATCH",
        path="/custom-fields/:id",
        section=SECTION,
        summary="Update a custom field definition. The type cannot change while records hold values.",
        operation=update_custom_field,
        scope=Scope.WRITE,
        reply=CustomFieldView,
        body=CustomFieldChanges,
        ignored=frozenset({"id", "createdAt"}),
        errors=(404, 422),
        entity="custom_field",
    ),
    Endpoint(
        method="DELETE",
        path="/custom-fields/:id",
        section=SECTION,
        summary="Delete a custom field definition and all its values.",
        operation=delete_custom_field,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        entity="custom_field",
    ),
)
