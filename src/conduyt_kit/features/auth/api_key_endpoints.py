"""The endpoints of API keys (X1). Admin scope for all three (A34)."""

from conduyt_kit.features.auth.api_keys import API_KEY, ApiKeys
from conduyt_kit.features.auth.inputs import ApiKeyInput
from conduyt_kit.features.auth.views import ApiKeyView, NewApiKeyView, api_key_view, new_api_key_view
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.errors import PermissionDenied
from conduyt_kit.kernel.listing import PageQuery, list_records

SECTION = "API Keys"


def list_api_keys(call: Call[PageQuery, None]) -> Listing:
    return list_records(call, API_KEY, api_key_view)


def create_api_key(call: Call[None, ApiKeyInput]) -> NewApiKeyView:
    identity = call.identity
    if identity is None or identity.actor.id is None:
        raise PermissionDenied("An API key belongs to a user; this credential belongs to none")
    body = call.body
    made = call.unit[ApiKeys].create(
        user_id=identity.actor.id, name=body.name, scopes=body.scopes, expires_at=body.expires_at, allowed=identity.scopes
    )
    return new_api_key_view(made)


def revoke_api_key(call: Call[None, None]) -> None:
    call.unit[ApiKeys].revoke(call.path["id"])


API_KEY_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api-keys",
        section=SECTION,
        summary="List the API keys of the workspace. Requires admin scope.",
        operation=list_api_keys,
        scope=Scope.ADMIN,
        envelope=Envelope.PAGE,
        reply=ApiKeyView,
        query=PageQuery,
        errors=(403,),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/api-keys",
        section=SECTION,
        summary="Create an API key; the key itself is shown this once. Requires admin scope.",
        operation=create_api_key,
        scope=Scope.ADMIN,
        reply=NewApiKeyView,
        status=201,
        body=ApiKeyInput,
        errors=(403, 422),
        extension=True,
        secret_reply=True,
    ),
    Endpoint(
        method="DELETE",
        path="/api-keys/:id",
        section=SECTION,
        summary="Revoke an API key at once. Requires admin scope.",
        operation=revoke_api_key,
        scope=Scope.ADMIN,
        envelope=Envelope.NONE,
        status=204,
        errors=(403, 404),
        extension=True,
    ),
)
