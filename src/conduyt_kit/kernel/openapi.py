"""The OpenAPI 3.1 document of a kit, from its endpoints: what the responders do is what the document says."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from conduyt_kit.kernel.decoding import query_fields
from conduyt_kit.kernel.endpoints import Endpoint, Envelope
from conduyt_kit.kernel.naming import camel
from conduyt_kit.kernel.openapi_parts import (
    CURSOR_META,
    HEADERS,
    PAGE_META,
    RESPONSES,
    SECURITY_SCHEMES,
    error_schema,
    page_refusal,
    parameter,
    response_name,
)
from conduyt_kit.kernel.openapi_schemas import Schema, Schemas, with_default

JSON = "application/json"

_INTRODUCTION = (
    "Every request carries a bearer token, except where an operation says otherwise. Bodies are JSON. Failures answer with"
    ' `{"error": {"code", "message", "details"}}`. Operations marked `x-conduyt-extension` go beyond the documented API.'
)


def openapi_document(
    endpoints: Sequence[Endpoint],
    *,
    title: str = "Conduyt API",
    version: str = "1",
    description: str = _INTRODUCTION,
    server: str = "/",
) -> dict[str, Any]:
    """Return the document as plain JSON values.

    Args:
        endpoints: the operations, such as `Kit.endpoints`.
        title, version, description: of the API.
        server: the address that paths are relative to; by default where the document itself comes from.
    """
    schemas = Schemas()
    schemas.components |= {"Error": error_schema(), "PageMeta": PAGE_META, "CursorMeta": CURSOR_META}
    names = _operation_ids(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    templates: dict[str, str] = {}
    for endpoint in endpoints:
        path = templates.setdefault(_shape(endpoint.route), _template(endpoint.route))
        operation = _Operation(endpoint, schemas, re.findall(r"{(\w+)}", path)).document(names[endpoint.method, endpoint.route])
        paths.setdefault(path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": server}],
        "tags": [{"name": name} for name in dict.fromkeys(endpoint.section for endpoint in endpoints)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": RESPONSES,
            "headers": HEADERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


class _Operation:
    def __init__(self, endpoint: Endpoint, schemas: Schemas, parameters: Sequence[str]) -> None:
        self._endpoint = endpoint
        self._schemas = schemas
        self._parameters = parameters
        self._writes = endpoint.method != "GET"

    def document(self, operation_id: str) -> dict[str, Any]:
        endpoint = self._endpoint
        found: dict[str, Any] = {"operationId": operation_id, "tags": [endpoint.section], "summary": endpoint.summary}
        if text := self._description():
            found["description"] = text
        if parameters := [*self._path_parameters(), *self._query_parameters(), *self._header_parameters()]:
            found["parameters"] = parameters
        if content := self._content():
            found["requestBody"] = {"required": not endpoint.optional_body, "content": content}
        found["responses"] = self._responses()
        found["security"] = [] if endpoint.scope is None else [{"bearer": []}]
        if endpoint.scope is not None:
            found["x-conduyt-scope"] = endpoint.scope.value
        if endpoint.extension:
            found["x-conduyt-extension"] = True
        return found

    def _description(self) -> str:
        endpoint = self._endpoint
        rights = "Needs no credential." if endpoint.scope is None else f"Needs the scope `{endpoint.scope.value}`."
        limit = f"At most {endpoint.limit.replace('/', ' requests per ')}." if endpoint.limit else ""
        return " ".join(filter(None, [endpoint.description, rights, limit]))

    def _path_parameters(self) -> Iterable[dict[str, Any]]:
        return [parameter("path", name, {"type": "string"}, required=True) for name in self._parameters]

    def _query_parameters(self) -> Iterable[dict[str, Any]]:
        if self._endpoint.query is None:
            return
        fields = {field.name: field for field in attrs.fields(self._endpoint.query)}
        for name, wire, hint in query_fields(self._endpoint.query):
            schema = self._schemas.input(hint)
            text = schema.pop("description", None)
            # A query string has no null: a parameter is given or not.
            if isinstance(schema.get("type"), list):
                schema["type"] = next(kind for kind in schema["type"] if kind != "null")
            if "enum" in schema:
                schema["enum"] = [value for value in schema["enum"] if value is not None]
            if "anyOf" in schema:
                schema = _without_null(schema)
            required = fields[name].default is attrs.NOTHING
            yield parameter("query", wire, with_default(schema, fields[name]), text, required=required)

    def _header_parameters(self) -> Iterable[dict[str, Any]]:
        endpoint = self._endpoint
        text = {"type": "string"}
        if endpoint.method == "POST" and endpoint.scope is not None:
            schema = {**text, "minLength": 1, "maxLength": 255}
            yield parameter(
                "header", "Idempotency-Key", schema, "Makes the request safe to repeat: the first answer is replayed for 72 hours."
            )
        if endpoint.entity is not None and self._writes:
            yield parameter("header", "If-Match", text, "The ETag of the version to change; a stale one is refused with 412.")
        if endpoint.method == "GET" and endpoint.envelope is Envelope.DATA:
            yield parameter("header", "If-None-Match", text, "The ETag of the version at hand; 304 if it is current.")

    def _content(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._endpoint.body is not None:
            found[JSON] = {"schema": self._schemas.input(self._endpoint.body)}
        for kind in self._endpoint.accepts:
            found[kind] = {"schema": {"type": "object"} if kind.startswith("multipart/") else {"type": "string"}}
        return found

    def _responses(self) -> dict[str, Any]:
        endpoint = self._endpoint
        found: dict[str, Any] = {str(endpoint.status): self._success()}
        if endpoint.method == "GET" and endpoint.envelope is Envelope.DATA:
            found["304"] = {"description": "The version at hand is current.", "headers": {"ETag": _header("ETag")}}
        for status in sorted(self._error_statuses()):
            # A page answers its visitors with a page, also where it refuses.
            raw = endpoint.envelope is Envelope.RAW
            found[str(status)] = page_refusal(status) if raw else {"$ref": f"#/components/responses/{response_name(status)}"}
        return found

    def _error_statuses(self) -> set[int]:
        endpoint = self._endpoint
        found = {status for status in endpoint.errors if status >= 400} | {400, 429, 500, 503}
        if endpoint.scope is not None:
            found |= {401, 403}
        if self._parameters:
            found.add(404)
        if endpoint.entity is not None and self._writes:
            found.add(412)
        if endpoint.method == "POST" and endpoint.scope is not None:
            found.add(409)
        if endpoint.body is not None or endpoint.accepts:
            found |= {413, 415, 422}
        return found

    def _success(self) -> dict[str, Any]:
        endpoint = self._endpoint
        headers = {name: _header(name) for name in ("X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")}
        if endpoint.envelope is Envelope.DATA and endpoint.method in ("GET", "PATCH"):
            headers["ETag"] = _header("ETag")
        found: dict[str, Any] = {"description": _SUCCESS.get(endpoint.status, "Success."), "headers": headers}
        if endpoint.envelope is Envelope.RAW:
            found["content"] = {"*/*": {}}
        elif endpoint.envelope is not Envelope.NONE:
            found["content"] = {JSON: {"schema": self._enveloped()}}
        return found

    def _enveloped(self) -> Schema:
        envelope = self._endpoint.envelope
        item = {} if self._endpoint.reply is None else self._schemas.output(self._endpoint.reply)
        if envelope is Envelope.BARE:
            return item
        if envelope is Envelope.DATA:
            return _object({"data": item})
        if envelope is Envelope.LIST:
            return _object({"data": {"type": "array", "items": item}})
        meta = {"anyOf": [{"$ref": "#/components/schemas/PageMeta"}, {"$ref": "#/components/schemas/CursorMeta"}]}
        return _object({"data": {"type": "array", "items": item}, "meta": meta})


_SUCCESS = {200: "Success.", 201: "Created.", 202: "Accepted; the work goes on.", 204: "Done; there is nothing to show.", 302: "Elsewhere."}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _without_null(schema: Schema) -> Schema:
    rest = [member for member in schema["anyOf"] if member != {"type": "null"}]
    others = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**others, **rest[0]} if len(rest) == 1 else {**others, "anyOf": rest}


def _template(route: str) -> str:
    return "/".join(f"{{{part[1:]}}}" if part.startswith(":") else part for part in route.split("/"))


def _shape(route: str) -> str:
    return "/".join(":" if part.startswith(":") else part for part in route.split("/"))


def _operation_ids(endpoints: Sequence[Endpoint]) -> dict[tuple[str, str], str]:
    """Return a unique name per operation: its function's, else one made from method and path."""
    named = {(e.method, e.route): camel(getattr(e.operation, "__name__", "").strip("_")) for e in endpoints}
    usable = {name for name in named.values() if name.isidentifier() and list(named.values()).count(name) == 1}
    return {key: name if name in usable else _spelled(*key) for key, name in named.items()}


def _spelled(method: str, route: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r":(\w+)", r"by_\1", route))
    return method.lower() + "".join(word[:1].upper() + word[1:] for word in words)
