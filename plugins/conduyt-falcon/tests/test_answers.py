import logging
import re
from typing import Any

import pytest

import conduyt_falcon
from conduyt_falcon.resources import send
from conduyt_kit.extension import KitPlugin
from conduyt_kit.kernel.endpoints import Reply
from conduyt_kit.kit import Kit

SECURITY = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}


def answers_of(api: Any) -> Any:
    """Return one answer of every kind of status that needs no preparation."""
    company = api.new_company()
    path = f"/api/v1/companies/{company['id']}"
    tag = api.simulate_get(path).headers["etag"]
    send = api.simulate_request
    return {
        200: send("GET", path),
        201: send("POST", "/api/v1/companies", json={"name": "Other"}),
        204: send("OPTIONS", path),
        304: send("GET", path, headers={"If-None-Match": tag}),
        400: send("GET", "/api/v1/companies", query_string="page=x"),
        401: send("GET", path, headers={"Authorization": "Bearer nobody"}),
        403: send("DELETE", path, headers={"Authorization": "Bearer viewer-token"}),
        404: send("GET", "/nope"),
        405: send("PUT", path),
        412: send("PATCH", path, json={}, headers={"If-Match": '"stale"'}),
        413: send("POST", "/api/v1/companies", body=b"x" * (2**20 + 1), content_type="application/json"),
        415: send("POST", "/api/v1/companies", body=b"x"),
        422: send("POST", "/api/v1/companies", json={}),
        500: send("POST", "/api/v1/probe/crash"),
    }


def test_every_status_has_the_security_headers_and_a_request_id(api: Any) -> None:
    for status, answer in answers_of(api).items():
        assert answer.status_code == status
        assert {name: answer.headers[name] for name in SECURITY} == SECURITY, status
        assert re.fullmatch(r"req_[0-9a-f]{24}", answer.headers["x-request-id"]), status
        assert "strict-transport-security" not in answer.headers


def test_every_route_has_the_security_headers(build: Any, api_of: Any) -> None:
    kit = build(features=())
    api = api_of(kit)
    for endpoint in kit.endpoints:
        if endpoint.path in ("/probe/waiting", "/probe/slow", "/probe/death"):
            continue
        answer = api.simulate_request(endpoint.method, re.sub(r":\w+", "x", endpoint.route))
        present = {name for name in SECURITY if answer.headers.get(name)}
        assert present == set(SECURITY), endpoint.route
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_errors_carry_the_documented_envelope_and_type(api: Any) -> None:
    for status, answer in answers_of(api).items():
        if status >= 400:
            assert answer.headers["content-type"] == "application/json"
            assert list(answer.json) == ["error"]
            assert isinstance(answer.json["error"]["code"], str)
            assert isinstance(answer.json["error"]["message"], str)


def test_browsers_are_told_to_insist_on_https_where_the_public_address_is_https(build: Any, api_of: Any) -> None:
    api = api_of(build(public_url="https://crm.example.com"))
    assert api.simulate_get("/healthz").headers["strict-transport-security"] == "max-age=31536000"
    assert api.simulate_get("/nope").headers["strict-transport-security"] == "max-age=31536000"


def test_page_keeps_its_own_policy(api: Any) -> None:
    answer = api.simulate_get("/page/hello")
    assert (answer.text, answer.headers["content-type"]) == ("<p>Hello", "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'self'"
    assert answer.headers["x-frame-options"] == "DENY"


def test_page_without_a_policy_may_have_a_form_and_styles_but_no_scripts(api: Any) -> None:
    policy = api.simulate_get("/plain-page").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; ")
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy


def test_missing_credential_is_challenged(kit: Kit, api_of: Any) -> None:
    answer = api_of(kit, None).simulate_get("/api/v1/companies")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_no_content_has_no_body_and_no_type(api: Any) -> None:
    company = api.new_company()
    answer = api.simulate_delete(f"/api/v1/companies/{company['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert "content-length" not in answer.headers


def test_crash_answers_internal_error_without_details_and_rolls_back(api: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = api.simulate_post("/api/v1/probe/crash")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal_error")
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text
    assert answer.headers["x-request-id"] in caplog.text
    assert api.companies() == []


def test_reply_that_cannot_be_encoded_rolls_back(api: Any) -> None:
    answer = api.simulate_post("/api/v1/probe/unencodable")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal_error")
    assert api.companies() == []


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("https://example.com/a?b=c%20d#e", "https://example.com/a?b=c%20d#e"),
        ("https://example.com/\r\nSet-Cookie: a=b", "https://example.com/%0D%0ASet-Cookie: a=b"),
        ("https://example.com/ü", "https://example.com/%C3%BC"),
    ],
)
def test_value_from_a_record_cannot_split_a_header(api: Any, value: str, sent: str) -> None:
    answer = api.simulate_get("/api/v1/probe/header", params={"to": value})
    assert (answer.status_code, answer.headers["location"]) == (200, sent)
    assert "set-cookie" not in answer.headers


def test_headers_of_replies_are_sent_as_they_are() -> None:
    import falcon

    resp = falcon.Response()
    send(Reply(status=202, body=b"x", headers={"X-One": "1", "Content-Type": "text/csv"}), resp)
    assert (resp.status_code, resp.data, resp.headers) == (202, b"x", {"x-one": "1", "content-type": "text/csv"})


@pytest.mark.parametrize("given", ["abc", "A-b_c.9", "x" * 128])
def test_safe_request_id_of_the_caller_is_kept(api: Any, given: str) -> None:
    assert api.simulate_get("/api/v1/companies", headers={"X-Request-Id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\tb", "ü", '"', "a;b"])
def test_unsafe_request_id_is_replaced(api: Any, given: str) -> None:
    answer = api.simulate_get("/healthz", extras={"HTTP_X_REQUEST_ID": given})
    assert answer.headers["x-request-id"].startswith("req_")


def test_request_id_is_what_the_activities_of_a_request_share(kit: Kit, api: Any) -> None:
    from conduyt_kit.kernel.audit import ACTIVITY

    api.new_company(**{"X-Request-Id": "mine"})
    with kit.unit_of_work("ws_one", write=False) as unit:
        assert [activity.correlation_id for activity in unit.repository(ACTIVITY).all()] == ["mine"]


class Explosion:
    def process_request(self, req: Any, resp: Any) -> None:
        if req.path == "/api/v1/companies":
            raise RuntimeError("middleware broke")


class Broken(KitPlugin, conduyt_falcon.FalconHooks):
    name = "broken"

    def conduyt_falcon_middleware(self, kit: Kit) -> Any:
        return [Explosion()]


def test_crash_of_a_middleware_answers_in_the_envelope(build: Any, api_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    answer = api_of(build(plugins=[Broken()])).simulate_get("/api/v1/companies")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal_error")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "middleware broke" in caplog.text
    assert "middleware broke" not in answer.text


def test_crash_below_falcon_is_answered_too(caplog: pytest.LogCaptureFixture) -> None:
    from conduyt_falcon.cors import Cors
    from conduyt_falcon.edge import Edge, EdgeOptions

    def broken(environ: Any, start_response: Any) -> Any:
        raise RuntimeError("broken")

    started = []
    edge = Edge(broken, EdgeOptions(cors=Cors(frozenset()), secure=False))
    body = edge({"REQUEST_METHOD": "GET"}, lambda status, headers: started.append((status, dict(headers))))
    assert started[0][0] == "500 Internal Server Error"
    assert started[0][1]["X-Content-Type-Options"] == "nosniff"
    assert b"".join(body).startswith(b'{"error":{"code":"internal_error"')
    assert "broken" in caplog.text
