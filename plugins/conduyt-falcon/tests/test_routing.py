from typing import Any

import pytest

from conduyt_falcon.routing import routes_of
from conduyt_kit.kit import Kit


def code_of(answer: Any) -> Any:
    return answer.status_code, answer.json["error"]["code"]


def test_literal_segment_wins_over_a_parameter(api: Any) -> None:
    assert api.simulate_get("/api/v1/probe/items/special").json == {"data": {"text": "literal"}}
    assert api.simulate_get("/api/v1/probe/items/other").json == {"data": {"text": "{'id': 'other'}"}}


def test_parameters_arrive_under_the_names_of_the_endpoint(api: Any) -> None:
    answer = api.simulate_post("/api/v1/probe/items/a/parts/b")
    assert answer.json == {"data": {"text": "{'itemId': 'a', 'partId': 'b'}"}}


def test_parameters_are_decoded_once(api: Any) -> None:
    answer = api.simulate_get("/api/v1/probe/items/a%2520b%C3%A9")
    assert answer.json == {"data": {"text": "{'id': 'a%20bé'}"}}


@pytest.mark.parametrize("path", ["/api/v1/companies/%00", "/api/v1/companies/a%00b"])
def test_path_with_nul_is_not_found(api: Any, path: str) -> None:
    assert code_of(api.simulate_get(path)) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/api/v1", "/api/v1/nope", "/api/v1/companies/x/y/z", "/docs/nope.js", "/api//v1/companies"]
)
def test_unknown_path_is_not_found_in_the_envelope(api: Any, path: str) -> None:
    answer = api.simulate_get(path)
    assert code_of(answer) == (404, "not_found")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "TRACE"])
def test_wrong_method_is_refused_and_names_the_right_ones(api: Any, method: str) -> None:
    answer = api.simulate_request(method, "/api/v1/companies")
    assert code_of(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_head_is_get_without_a_body(api: Any) -> None:
    api.new_company()
    get, head = api.simulate_get("/api/v1/companies"), api.simulate_head("/api/v1/companies")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["content-type"] == "application/json"


def test_head_where_nothing_can_be_read_is_refused(api: Any) -> None:
    assert api.simulate_head("/api/v1/probe/crash").status_code == 405


def test_options_names_the_methods_without_a_credential(kit: Kit, api_of: Any) -> None:
    answer = api_of(kit, None).simulate_options("/api/v1/companies")
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS, POST")


def test_trailing_slash_is_tolerated(api: Any) -> None:
    company = api.new_company()
    assert api.simulate_get("/api/v1/companies/").json["meta"]["total"] == 1
    assert api.simulate_get(f"/api/v1/companies/{company['id']}/").json == api.simulate_get(f"/api/v1/companies/{company['id']}").json


def test_every_endpoint_has_a_route(build: Any) -> None:
    kit = build(features=())
    served = {(method, endpoint.route) for route in routes_of(kit.endpoints) for method, endpoint in route.endpoints.items()}
    assert served == {(endpoint.method, endpoint.route) for endpoint in kit.endpoints}
