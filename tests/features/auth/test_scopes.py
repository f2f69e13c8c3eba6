import pytest

from conduyt_kit import Kit
from conduyt_kit.features.auth import ApiKeys
from conduyt_kit.kernel.context import SCOPES_OF_ROLE, Role, Scope
from conduyt_kit.kernel.endpoints import Request
from tests.features.accounts import Office, user_id, workspace_id

ADMIN_ONLY = {
    ("POST", "/api/v1/users/invite"),
    ("PATCH", "/api/v1/users/:id"),
    ("DELETE", "/api/v1/users/:id"),
    ("POST", "/api/v1/users/:id/resend-invitation"),
    ("PATCH", "/api/v1/workspace"),
    ("GET", "/api/v1/api-keys"),
    ("POST", "/api/v1/api-keys"),
    ("DELETE", "/api/v1/api-keys/:id"),
    ("POST", "/api/v1/sender-identities"),
    ("DELETE", "/api/v1/sender-identities/:id"),
}
OWN_ACCOUNT = {("POST", "/api/v1/auth/logout"), ("PATCH", "/api/v1/auth/me")}
"""What viewers may write: their own session and account."""
READS_BY_POST = {("POST", "/api/v1/emails/templates/:id/preview")}
"""What takes a body and changes nothing."""


def test_admin_scope_is_needed_for_users_keys_and_workspace_settings_only() -> None:
    endpoints = Kit.build({}).endpoints

    assert {(e.method, e.route) for e in endpoints if e.scope is Scope.ADMIN} == ADMIN_ONLY


def test_reading_needs_read_and_changing_needs_write() -> None:
    wrong = [
        (e.method, e.route)
        for e in Kit.build({}).endpoints
        if e.scope not in (None, Scope.ADMIN) and e.scope is not (Scope.READ if e.method == "GET" else Scope.WRITE)
    ]

    assert set(wrong) == OWN_ACCOUNT | READS_BY_POST


@pytest.mark.parametrize("role", ["admin", "member", "viewer"])
def test_every_route_is_refused_exactly_to_the_roles_without_its_scope(office: Office, role: Role) -> None:
    ann = office.register()
    owner = ann if role == "admin" else office.hire(ann, role)
    with office.kit.unit_of_work(workspace_id(ann)) as unit:
        token = unit[ApiKeys].create(user_id=user_id(owner), name="Key").key
    headers = {"authorization": f"Bearer {token}", "content-type": "text/none"}

    for endpoint in office.kit.endpoints:
        if endpoint.scope is None:
            continue
        path = dict.fromkeys(endpoint.parameters, "unknown")
        request = Request(method=endpoint.method, target=endpoint.route, path=path, headers=headers, id="req_1")
        refused = b"lacks the scope" in office.kit.responders[endpoint.method, endpoint.route](request).body
        assert refused is (endpoint.scope not in SCOPES_OF_ROLE[role]), (endpoint.method, endpoint.route)


def test_every_route_but_the_public_ones_refuses_strangers(office: Office) -> None:
    for token in (None, "", "Basic abc", "Bearer", "Bearer nonsense", "Bearer cdy_nonsense"):
        headers = {} if token is None else {"authorization": token}
        for endpoint in office.kit.endpoints:
            if endpoint.scope is not None:
                path = dict.fromkeys(endpoint.parameters, "unknown")
                request = Request(method=endpoint.method, target=endpoint.route, path=path, headers=headers, id="req_1")
                reply = office.kit.responders[endpoint.method, endpoint.route](request)
                assert (reply.status, b'"unauthenticated"' in reply.body) == (401, True), (endpoint.method, endpoint.route)
