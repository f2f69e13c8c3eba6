"""The documented endpoints of tags, and the deletion of X12."""

from typing import Any

import attrs

from conduyt_kit.features.tags.entities import TAG, Tag
from conduyt_kit.features.tags.inputs import TagChanges, TagInput, TagQuery
from conduyt_kit.features.tags.service import Tags
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.query import Loaded

SECTION = "Tags"


@attrs.frozen(kw_only=True)
class TagView:
    """A tag as the API shows it; `contact_count` is computed (R48)."""

    id: str
    name: str
    color: str
    contact_count: int


def view(found: Loaded[Tag]) -> TagView:
    tag = found.record
    return TagView(id=tag.id, name=tag.name, color=tag.color, contact_count=found.counts.get("contacts", 0))


def list_tags(call: Call[TagQuery, None]) -> Listing:
    counts = ("contacts",) if call.environment.spec_named("contact") else ()
    return list_records(call, TAG, view, search=call.query.search, counts=counts)


def create_tag(call: Call[None, TagInput]) -> TagView:
    return view(Loaded(record=call.unit[Tags].create(**attrs.asdict(call.body))))


def get_tag(call: Call[None, None]) -> TagView:
    return view(call.unit[Tags].get(call.path["id"]))


def update_tag(call: Call[None, Any]) -> TagView:
    tags = call.unit[Tags]
    return view(tags.get(tags.update(call.path["id"], given(call.body)).id))


def delete_tag(call: Call[None, None]) -> None:
    call.unit[Tags].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/tags",
        section=SECTION,
        summary="List all tags in the workspace with contact counts.",
        operation=list_tags,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=TagView,
        query=TagQuery,
    ),
    Endpoint(
        method="POST",
        path="/tags",
        section=SECTION,
        summary="Create a new tag.",
        operation=create_tag,
        scope=Scope.WRITE,
        reply=TagView,
        status=201,
        body=TagInput,
    ),
    Endpoint(
        method="GET",
        path="/tags/:id",
        section=SECTION,
        summary="Retrieve a single tag with its contact count.",
        operation=get_tag,
        scope=Scope.READ,
        reply=TagView,
        errors=(404,),
        entity="tag",
    ),
    Endpoint(
        method="PATCH",
        path="/tags/:id",
        section=SECTION,
        summary="Update a tag's name or color. Contacts show a new name at once.",
        operation=update_tag,
        scope=Scope.WRITE,
        reply=TagView,
        body=TagChanges,
        ignored=frozenset({"id", "contactCount"}),
        entity="tag",
    ),
    Endpoint(
        method="DELETE",
        path="/tags/:id",
        section=SECTION,
        summary="Delete a tag. Contacts lose the tag and stay.",
        operation=delete_tag,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="tag",
    ),
)
