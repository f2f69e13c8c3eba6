import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Annotated, Any, Literal

import attrs
import openapi_spec_validator
import pytest
from msgspec import UNSET, Meta, UnsetType

from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.endpoints import Endpoint, Envelope
from conduyt_kit.kernel.listing import PageQuery
from conduyt_kit.kernel.openapi import openapi_document
from conduyt_kit.kernel.openapi_schemas import Schemas
from conduyt_kit.kernel.values import Email, Name, Since, Timestamp
from conduyt_kit.kit import Kit


class Color(enum.StrEnum):
    RED = "red"


@attrs.frozen(kw_only=True)
class Part:
    label: str | None = None


@attrs.frozen(kw_only=True)
class ThingInput:
    """A new thing (R1, A2).

    Not for readers of the API.
    """

    full_name: Name
    email: Email | None = None
    weight: Annotated[Decimal, Meta(gt=0, le=10, description="In kilograms")] | None = None
    kind: Literal["a", "b"] = "a"
    due: Timestamp | None = None
    parts: Annotated[list[Part], Meta(max_length=3)] = attrs.field(factory=list)
    extra: dict[str, Any] = attrs.field(factory=dict)
    color: Color | None = None


@attrs.frozen(kw_only=True)
class ThingView:
    id: str
    part: Part
    parent: "ThingView | None"
    on: dt.date
    anything: Any
    maybe: str | UnsetType = UNSET


@attrs.frozen(kw_only=True)
class ThingQuery(PageQuery):
    assigned_to: Annotated[str, Meta(description="Whose")] | None = attrs.field(default=None, metadata={"wire": "assigned_to"})
    created_after: Since | None = None
    kind: Literal["a", "b"] | None = None


def operation(method: Any, path: str, **values: Any) -> Endpoint:
    def call(_: Any) -> None:
        return None

    defaults: dict[str, Any] = {"summary": "Do it.", "section": "Things", "operation": call, "scope": Scope.READ, "reply": ThingView}
    return Endpoint(method=method, path=path, **{**defaults, **values})


def document_of(*endpoints: Endpoint) -> dict[str, Any]:
    document = openapi_document(endpoints)
    openapi_spec_validator.validate(document)
    # What is not plain JSON could not be served.
    found: dict[str, Any] = json.loads(json.dumps(document))
    return found


def only_operation(document: dict[str, Any]) -> dict[str, Any]:
    (path,) = document["paths"].values()
    (found,) = path.values()
    return dict(found)


def test_input_shows_its_constraints_in_the_callers_spelling() -> None:
    document = document_of(operation("POST", "/things", body=ThingInput, scope=Scope.WRITE, status=201))
    assert document["components"]["schemas"]["ThingInput"] == {
        "type": "object",
        "description": "A new thing.",
        "required": ["fullName"],
        "additionalProperties": False,
        "properties": {
            "fullName": {"type": "string", "maxLength": 200, "minLength": 1},
            "email": {"type": ["string", "null"], "maxLength": 254, "format": "email"},
            "weight": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 10, "description": "In kilograms"},
            "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
            "due": {"type": ["string", "null"], "format": "date-time"},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/PartInput"}, "maxItems": 3},
            "extra": {"type": "object", "additionalProperties": True},
            "color": {"type": ["string", "null"], "enum": ["red", None]},
        },
    }


def test_changes_are_all_optional() -> None:
    changes = document_of(operation("PATCH", "/things/:id", body=patch_of(ThingInput)))["components"]["schemas"]["ThingChanges"]
    assert "required" not in changes
    assert changes["additionalProperties"] is False
    assert set(changes["properties"]) == {"fullName", "email", "weight", "kind", "due", "parts", "extra", "color"}
    assert changes["properties"]["fullName"] == {"type": "string", "maxLength": 200, "minLength": 1}
    assert "default" not in changes["properties"]["kind"]


def test_output_has_every_field_but_those_that_may_be_left_out() -> None:
    view = document_of(operation("GET", "/things/:id"))["components"]["schemas"]["ThingView"]
    assert view["required"] == ["id", "part", "parent", "on", "anything"]
    assert "additionalProperties" not in view
    assert view["properties"]["parent"] == {"anyOf": [{"$ref": "#/components/schemas/ThingView"}, {"type": "null"}]}
    assert view["properties"]["on"] == {"type": "string", "format": "date"}
    assert view["properties"]["anything"] == {}


def test_class_that_comes_and_goes_is_two_components() -> None:
    components = document_of(operation("POST", "/things", body=ThingInput))["components"]["schemas"]
    assert components["PartInput"]["additionalProperties"] is False
    assert "required" not in components["PartInput"]
    assert components["Part"]["required"] == ["label"]


def test_classes_of_one_name_are_told_apart() -> None:
    schemas = Schemas()
    other = attrs.make_class("Part", {"number": attrs.field(type=int)}, frozen=True)
    first, second = schemas.output(Part), schemas.output(other)
    assert first != second
    assert schemas.output(Part) == first
    assert len(schemas.components) == 2


def test_query_parameters_have_their_documented_names() -> None:
    found = only_operation(document_of(operation("GET", "/things", query=ThingQuery, envelope=Envelope.PAGE)))
    parameters = {item["name"]: item for item in found["parameters"]}
    assert list(parameters) == ["page", "limit", "cursor", "sort", "count", "assigned_to", "createdAfter", "kind"]
    assert {item["in"] for item in parameters.values()} == {"query"}
    assert parameters["page"]["schema"] == {"type": "integer", "minimum": 1, "default": 1}
    assert parameters["assigned_to"] == {
        "name": "assigned_to",
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": "Whose",
    }
    assert parameters["createdAfter"]["schema"] == {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
    assert parameters["kind"]["schema"] == {"type": "string", "enum": ["a", "b"]}


@pytest.mark.parametrize(
    ("envelope", "shape"),
    [
        (Envelope.DATA, {"type": "object", "properties": {"data": {"$ref": "#/components/schemas/ThingView"}}, "required": ["data"]}),
        (Envelope.BARE, {"$ref": "#/components/schemas/ThingView"}),
        (
            Envelope.LIST,
            {
                "type": "object",
                "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/ThingView"}}},
                "required": ["data"],
            },
        ),
    ],
)
def test_answers_have_their_envelope(envelope: Envelope, shape: Any) -> None:
    answers = only_operation(document_of(operation("GET", "/things", envelope=envelope)))["responses"]
    assert answers["200"]["content"]["application/json"]["schema"] == shape


def test_page_has_one_of_two_metas() -> None:
    answers = only_operation(document_of(operation("GET", "/things", envelope=Envelope.PAGE)))["responses"]
    schema = answers["200"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["data", "meta"]
    assert schema["properties"]["meta"] == {
        "anyOf": [{"$ref": "#/components/schemas/PageMeta"}, {"$ref": "#/components/schemas/CursorMeta"}]
    }


def test_nothing_to_show_has_no_content() -> None:
    found = only_operation(document_of(operation("DELETE", "/things/:id", envelope=Envelope.NONE, status=204, reply=None)))
    assert "content" not in found["responses"]["204"]


def test_errors_that_can_happen_are_listed() -> None:
    read = only_operation(document_of(operation("GET", "/things", envelope=Envelope.LIST)))
    change = only_operation(document_of(operation("PATCH", "/things/:id", body=patch_of(ThingInput), entity="thing", errors=(502,))))
    create = only_operation(document_of(operation("POST", "/things", body=ThingInput)))
    public = only_operation(document_of(operation("GET", "/things/:id", scope=None)))
    assert list(read["responses"]) == ["200", "400", "401", "403", "429", "500", "503"]
    assert {"404", "412", "413", "415", "422", "502"} <= set(change["responses"])
    assert "409" in create["responses"]
    assert "304" in public["responses"]
    assert not {"401", "403"} & set(public["responses"])


def test_headers_of_safe_repetition_and_conditions_are_parameters() -> None:
    def headers(endpoint: Endpoint) -> list[str]:
        return [item["name"] for item in only_operation(document_of(endpoint)).get("parameters", ()) if item["in"] == "header"]

    assert headers(operation("POST", "/things")) == ["Idempotency-Key"]
    assert headers(operation("POST", "/things", scope=None)) == []
    assert headers(operation("PATCH", "/things/:id", entity="thing")) == ["If-Match"]
    assert headers(operation("GET", "/things/:id", entity="thing")) == ["If-None-Match"]


def test_security_says_who_may_call() -> None:
    closed, public = only_operation(document_of(operation("GET", "/a"))), only_operation(document_of(operation("GET", "/a", scope=None)))
    assert (closed["security"], closed["x-conduyt-scope"]) == ([{"bearer": []}], "read")
    assert public["security"] == []
    assert "x-conduyt-scope" not in public


def test_extensions_are_marked() -> None:
    assert only_operation(document_of(operation("GET", "/a", extension=True)))["x-conduyt-extension"] is True
    assert "x-conduyt-extension" not in only_operation(document_of(operation("GET", "/a")))


def test_further_content_types_are_listed() -> None:
    found = only_operation(document_of(operation("POST", "/import", body=ThingInput, accepts={"text/csv": lambda r: r.body})))
    assert list(found["requestBody"]["content"]) == ["application/json", "text/csv"]
    assert found["requestBody"]["required"] is True


def test_operations_of_one_shape_share_a_path() -> None:
    document = document_of(operation("GET", "/things/:id"), operation("PATCH", "/things/:thingId", body=patch_of(ThingInput)))
    assert list(document["paths"]) == ["/api/v1/things/{id}"]
    assert [item["name"] for item in document["paths"]["/api/v1/things/{id}"]["patch"]["parameters"] if item["in"] == "path"] == ["id"]


def test_operation_ids_are_unique() -> None:
    document = document_of(operation("GET", "/a"), operation("POST", "/a/:id/b"))
    ids = [item["operationId"] for path in document["paths"].values() for item in path.values()]
    assert ids == ["getApiV1A", "postApiV1AByIdB"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document(Kit.build().endpoints)


def test_document_of_the_whole_kit_is_valid(document: dict[str, Any]) -> None:
    openapi_spec_validator.validate(json.loads(json.dumps(document)))


def test_every_endpoint_of_the_kit_is_in_its_document(document: dict[str, Any]) -> None:
    endpoints = Kit.build().endpoints
    operations = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert len(operations) == len(endpoints)
    ids = [item["operationId"] for path in document["paths"].values() for item in path.values()]
    assert len(set(ids)) == len(ids)


def test_every_component_is_used(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    unused = [name for name in document["components"]["schemas"] if f'"#/components/schemas/{name}"' not in text]
    assert unused == []


def test_document_tells_nothing_of_rule_numbers_and_markup(document: dict[str, Any]) -> None:
    assert "``" not in json.dumps(document["components"]["schemas"])
