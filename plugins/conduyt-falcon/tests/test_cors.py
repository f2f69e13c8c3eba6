from typing import Any

import pytest

PAGE = "https://app.example.com"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


def cors_of(answer: Any) -> Any:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control")}


@pytest.fixture
def allowed(build: Any, api_of: Any) -> Any:
    return api_of(build(http={"cors_origins": [PAGE]}))


def test_by_default_no_page_may_read_answers(api: Any) -> None:
    for answer in (
        api.simulate_get("/api/v1/companies", headers={"Origin": PAGE}),
        api.simulate_options("/api/v1/companies", headers={"Origin": PAGE, **PREFLIGHT}),
        api.simulate_get("/nope", headers={"Origin": PAGE}),
    ):
        assert cors_of(answer) == {}


def test_allowed_page_may_read_answers_and_their_headers(allowed: Any) -> None:
    answer = allowed.simulate_get("/api/v1/companies", headers={"Origin": PAGE})
    assert cors_of(answer) == {
        "access-control-allow-origin": PAGE,
        "access-control-expose-headers": (
            "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id, ETag, Retry-After, Idempotent-Replayed"
        ),
    }
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example.com", "http://app.example.com", "https://app.example.com.evil.com", "null"])
def test_other_pages_may_not(allowed: Any, origin: str) -> None:
    answer = allowed.simulate_get("/api/v1/companies", headers={"Origin": origin})
    assert (cors_of(answer), answer.headers["vary"]) == ({}, "Origin")


def test_answers_without_an_origin_vary_too(allowed: Any) -> None:
    assert allowed.simulate_get("/api/v1/companies").headers["vary"] == "Origin"


def test_preflight_of_an_allowed_page_is_answered_without_a_credential(build: Any, api_of: Any) -> None:
    api = api_of(build(http={"cors_origins": [PAGE]}), None)
    answer = api.simulate_options("/api/v1/companies", headers={"Origin": PAGE, **PREFLIGHT})
    assert answer.status_code == 204
    assert cors_of(answer) == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "GET, POST, PATCH, PUT, DELETE",
        "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id",
        "access-control-max-age": "600",
    }


def test_errors_can_be_read_by_an_allowed_page(allowed: Any) -> None:
    for answer in (
        allowed.simulate_get("/nope", headers={"Origin": PAGE}),
        allowed.simulate_post("/api/v1/probe/crash", headers={"Origin": PAGE}),
        allowed.simulate_get("/api/v1/companies", headers={"Origin": PAGE, "Authorization": "none"}),
    ):
        assert answer.status_code >= 400
        assert answer.headers["access-control-allow-origin"] == PAGE


def test_open_endpoint_may_be_called_by_every_page(api: Any) -> None:
    answer = api.simulate_post("/api/v1/probe/open", headers={"Origin": "https://anywhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    preflight = api.simulate_options("/api/v1/probe/open", headers={"Origin": "https://anywhere.example", **PREFLIGHT})
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")


def test_open_endpoint_opens_no_other_method(api: Any) -> None:
    preflight = api.simulate_options(
        "/api/v1/probe/open", headers={"Origin": "https://anywhere.example", "Access-Control-Request-Method": "DELETE"}
    )
    assert cors_of(preflight) == {}


def test_credentials_are_never_allowed(build: Any, api_of: Any) -> None:
    for origins in ([PAGE], ["*"]):
        api = api_of(build(http={"cors_origins": origins}))
        for path in ("/api/v1/companies", "/api/v1/probe/open"):
            answer = api.simulate_options(path, headers={"Origin": PAGE, **PREFLIGHT})
            assert answer.headers["access-control-allow-origin"] in (PAGE, "*")
            assert "access-control-allow-credentials" not in answer.headers


def test_star_allows_every_page(build: Any, api_of: Any) -> None:
    api = api_of(build(http={"cors_origins": ["*"]}))
    assert api.simulate_get("/api/v1/companies", headers={"Origin": "https://any.example"}).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("origin", ["app.example.com", "https://", "https://*.example.com", "https://a.example/path", "ftp://a.example"])
def test_setting_that_is_no_origin_is_refused(build: Any, origin: str) -> None:
    from conduyt_kit.kernel.errors import SettingsError

    with pytest.raises(SettingsError, match="is not an origin"):
        build(http={"cors_origins": [origin]})
