from typing import Any

from conduyt_kit.kit import Kit


def statuses(api: Any, path: Any, times: Any, **extra: Any) -> Any:
    return [api.simulate_get(path, **extra).status_code for _ in range(times)]


def test_every_answer_tells_what_is_left(build: Any, api_of: Any) -> None:
    api = api_of(build(rate_limit="5/minute"))
    answers = [api.simulate_get("/api/v1/companies") for _ in range(3)]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["4", "3", "2"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"5"}
    assert all(1 <= int(answer.headers["ratelimit-reset"]) <= 120 for answer in answers)


def test_request_over_the_limit_is_refused_with_the_time_to_wait(build: Any, api_of: Any) -> None:
    api = api_of(build(rate_limit="2/minute"))
    assert statuses(api, "/api/v1/companies", 2) == [200, 200]
    answer = api.simulate_post("/api/v1/companies", json={"name": "Acme"})
    assert (answer.status_code, answer.json["error"]["code"]) == (429, "rate_limited")
    assert 1 <= int(answer.headers["retry-after"]) <= 120
    assert answer.headers["ratelimit-remaining"] == "0"


def test_credentials_are_counted_apart(build: Any, api_of: Any) -> None:
    kit = build(rate_limit="2/minute")
    api = api_of(kit)
    assert statuses(api, "/api/v1/companies", 3) == [200, 200, 429]
    assert statuses(api, "/api/v1/companies", 1, headers={"Authorization": "Bearer viewer-token"}) == [200]


def test_guesses_of_credentials_are_counted_by_address(build: Any, api_of: Any) -> None:
    api = api_of(build(rate_limit="2/minute"), None)
    guesses = [api.simulate_get("/api/v1/companies", headers={"Authorization": f"Bearer guess{number}"}).status_code for number in range(4)]
    assert guesses == [401, 401, 429, 429]


def test_endpoint_has_a_limit_of_its_own(kit: Kit, api: Any) -> None:
    assert statuses(api, "/api/v1/probe/limited", 3) == [200, 200, 429]
    assert statuses(api, "/api/v1/companies", 3) == [200, 200, 200]


def test_forged_addresses_do_not_dodge_the_limit(build: Any, api_of: Any) -> None:
    api = api_of(build(), None)
    forged = [api.simulate_get("/api/v1/probe/limited", headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code for number in range(4)]
    assert forged == [200, 200, 429, 429]


def test_addresses_forged_before_a_trusted_proxy_do_not_dodge_the_limit(build: Any, api_of: Any) -> None:
    api = api_of(build(http={"trusted_proxies": 1}), None)
    forged = [
        api.simulate_get("/api/v1/probe/limited", headers={"X-Forwarded-For": f"10.0.0.{number}, 7.7.7.7"}).status_code
        for number in range(4)
    ]
    assert forged == [200, 200, 429, 429]
    assert api.simulate_get("/api/v1/probe/limited", headers={"X-Forwarded-For": "8.8.8.8"}).status_code == 200


def test_large_body_over_the_limit_is_refused_unread(build: Any, api_of: Any) -> None:
    import io

    api = api_of(build(rate_limit="1/minute"))
    api.simulate_get("/api/v1/companies")
    stream = io.BytesIO(b'{"name": "Acme"}')
    answer = api.simulate_post("/api/v1/companies", extras={"wsgi.input": stream, "CONTENT_LENGTH": "16"})
    assert (answer.status_code, stream.tell()) == (429, 0)
