"""The parts of the OpenAPI document that are the same for every kit: errors, headers, paging, security."""

from typing import Any

from conduyt_kit.kernel.openapi_schemas import Schema

SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key (`cdy_...`) or a session token."}
}

_WHOLE = {"type": "integer", "minimum": 0}
_POSITIVE = {"type": "integer", "minimum": 1}

PAGE_META: Schema = {
    "type": "object",
    "description": "The place of a numbered page. `total` and `totalPages` are left out on request (`count=false`).",
    "properties": {"page": _POSITIVE, "limit": _POSITIVE, "total": _WHOLE, "totalPages": _WHOLE},
    "required": ["page", "limit"],
}
CURSOR_META: Schema = {
    "type": "object",
    "description": "The place of a page by cursor; `nextCursor` is null on the last one.",
    "properties": {"limit": _POSITIVE, "nextCursor": {"type": ["string", "null"]}},
    "required": ["limit", "nextCursor"],
}


def _text(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


def _number(description: str) -> dict[str, Any]:
    return {"description": description, "schema": _WHOLE}


HEADERS: dict[str, Any] = {
    "X-Request-Id": _text("Names this request in the server's log; a caller's own is kept."),
    "ETag": _text("Names this version of the record, for `If-Match` and `If-None-Match`."),
    "RateLimit-Limit": _number("Requests allowed per window."),
    "RateLimit-Remaining": _number("Requests left in this window."),
    "RateLimit-Reset": _number("Seconds until the window ends."),
    "Retry-After": _number("Seconds to wait before the next try."),
}

_ERRORS = {
    400: ("InvalidRequest", "The body or the query string is malformed."),
    401: ("Unauthenticated", "The credential is missing or not valid."),
    403: ("PermissionDenied", "The credential lacks the scope, or the operation is not allowed to its user."),
    404: ("NotFound", "There is no such record."),
    405: ("MethodNotAllowed", "The path takes other methods."),
    409: ("Conflict", "The record's state does not allow this, or the same request is still being answered."),
    412: ("PreconditionFailed", "The record was changed since the version named by `If-Match`."),
    413: ("PayloadTooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The body's content type is not taken here."),
    422: ("ValidationFailed", "Fields are missing, unknown or not valid; `details` names each."),
    429: ("RateLimited", "Too many requests."),
    500: ("InternalError", "The server failed; nothing was changed."),
    502: ("DeliveryFailed", "The other side of an outgoing call did not take it."),
    503: ("Unavailable", "The server cannot serve right now."),
}


def response_name(status: int) -> str:
    """Return the component of an error's status."""
    return _ERRORS[status][0] if status in _ERRORS else "InternalError"


def _response(status: int, description: str) -> dict[str, Any]:
    headers = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if status == 429:
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": description, "headers": headers, "content": content}


def page_refusal(status: int) -> dict[str, Any]:
    """Return the response of a page that refuses: a page, or the envelope where it was refused before the page was asked."""
    found = RESPONSES[response_name(status)]
    return {**found, "content": {**found["content"], "text/html": {"schema": {"type": "string"}}}}


RESPONSES: dict[str, Any] = {name: _response(status, description) for status, (name, description) in _ERRORS.items()}


def error_schema() -> Schema:
    """Return the schema of the documented error envelope."""
    detail = {
        "type": "object",
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
        "required": ["field", "message"],
    }
    error = {
        "type": "object",
        "properties": {
            "code": {"type": "string", "description": "Stable, for programs."},
            "message": {"type": "string", "description": "For people."},
            "details": {"type": "array", "items": detail},
        },
        "required": ["code", "message"],
    }
    return {"type": "object", "properties": {"error": error}, "required": ["error"]}


def parameter(place: str, name: str, schema: Schema, text: str | None = None, *, required: bool = False) -> dict[str, Any]:
    """Return a parameter of an operation."""
    found: dict[str, Any] = {"name": name, "in": place, "required": required, "schema": schema}
    return {**found, "description": text} if text else found
