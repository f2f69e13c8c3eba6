import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MALFORMED = {
    "empty": b"",
    "not json": b"{name: 'Acme'}",
    "cut off": b'{"name": "Ac',
    "two documents": b'{"name": "Acme"}{"name": "Acme"}',
    "array": b'[{"name": "Acme"}]',
    "text": b'"Acme"',
    "null": b"null",
    "NaN": b'{"name": "Acme", "customFields": {"x": NaN}}',
    "infinity": b'{"name": "Acme", "customFields": {"x": -Infinity}}',
    "infinite number": b'{"name": "Acme", "customFields": {"x": 1e999}}',
    "key twice": b'{"name": "Acme", "name": "Evil"}',
    "key twice inside": b'{"name": "Acme", "customFields": {"x": 1, "\\u0078": 2}}',
    "deep arrays": b'{"name": "Acme", "customFields": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "deep objects": b'{"name": "Acme", "customFields": ' + b'{"x":' * 33 + b"1" + b"}" * 34,
    "unclosed arrays": b"[" * 100_000,
    "huge integer": b'{"name": "Acme", "customFields": {"x": 9223372036854775808}}',
    "integer of many digits": b'{"name": "Acme", "customFields": {"x": ' + b"9" * 5000 + b"}}",
    "lone surrogate": b'{"name": "\\ud800"}',
    "surrogates in the wrong order": b'{"name": "\\udc00\\ud800"}',
    "lone surrogate in a key": b'{"name": "Acme", "customFields": {"\\udfff": 1}}',
    "nul": b'{"name": "Ac\\u0000me"}',
    "nul in a key": b'{"name": "Acme", "customFields": {"\\u0000": 1}}',
    "raw nul": b'{"name": "Ac\x00me"}',
    "raw control character": b'{"name": "Ac\x01me"}',
    "not utf-8": b'{"name": "Ac\xffme"}',
    "utf-16": '{"name": "Acme"}'.encode("utf-16"),
    "encoded surrogate": b'{"name": "\xed\xa0\x80"}',
    "overlong utf-8": b'{"name": "\xc0\xaf"}',
    "wrong types": b'{"name": 5, "address": [], "size": {}}',
    "wrong types within": b'{"name": "Acme", "address": {"street": {"$ne": 1}}}',
    "prototype": b'{"name": "Acme", "__proto__": {"admin": true}, "__class__": 1}',
    "unknown keys": b'{"name": "Acme", "id": "mine", "workspaceId": "ws_other"}',
    "unknown custom field": b'{"name": "Acme", "customFields": {"unknown": 1}}',
}


@pytest.fixture
def routes(api: Any) -> Any:
    company = api.new_company("Before")
    field = api.simulate_post("/api/v1/custom-fields", json={"name": "Tier", "key": "tier", "type": "text", "entity": "deal"})
    return [
        ("POST", "/api/v1/companies"),
        ("PATCH", f"/api/v1/companies/{company['id']}"),
        ("POST", "/api/v1/custom-fields"),
        ("PATCH", f"/api/v1/custom-fields/{field.json['data']['id']}"),
    ]


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_body_is_refused_everywhere_and_changes_nothing(api: Any, routes: Any, body: bytes) -> None:
    before = state_of(api)
    for method, path in routes:
        if body == MALFORMED["unknown keys"] and method == "PATCH":
            body = b'{"id": "mine", "workspaceId": "ws_other"}'
        answer = api.simulate_request(method, path, body=body, content_type="application/json")
        assert answer.status_code in (400, 422), (method, path, answer.text)
        assert set(answer.json["error"]) <= {"code", "message", "details"}
        assert answer.json["error"]["code"] == {400: "invalid_request", 422: "validation_failed"}[answer.status_code]
    assert state_of(api) == before


def state_of(api: Any) -> Any:
    return [api.simulate_get(path).json for path in ("/api/v1/companies", "/api/v1/custom-fields")]


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"]
)
def test_only_json_is_taken(api: Any, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = api.simulate_post("/api/v1/companies", body=b'{"name": "Acme"}', headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (415, "unsupported_media_type")
    assert api.companies() == []


def test_json_is_taken_with_parameters_in_any_case_and_with_a_byte_order_mark(api: Any) -> None:
    answer = api.simulate_post("/api/v1/companies", body=b'\xef\xbb\xbf{"name": "Acme"}', content_type="Application/JSON; Charset=utf-8")
    assert answer.status_code == 201


def test_object_of_many_keys_with_one_twice_is_refused_as_quickly_as_any() -> None:
    from conduyt_kit.kernel import json_documents
    from conduyt_kit.kernel.errors import InvalidRequest

    document = ("{" + "".join(f'"k{number}":1,' for number in range(60_000)) + '"last":1,"last":2}').encode()
    with pytest.raises(InvalidRequest, match="'last' appears twice"):
        # With a search per key this is minutes of work; the limit of the test run is what fails then.
        json_documents.parse(document)


def test_mistakes_beyond_the_hundredth_are_not_named(api: Any) -> None:
    items = json.dumps({"name": "Tier", "key": "tier", "type": "select", "entity": "deal", "options": [1] * 10_000})
    answer = api.simulate_post("/api/v1/custom-fields", body=items, content_type="application/json")
    assert (answer.status_code, len(answer.json["error"]["details"])) == (422, 100)


_ATOMS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None), max_size=5))
_VALUES = st.recursive(
    _ATOMS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3))
)
_COMPANIES = st.fixed_dictionaries(
    {}, optional={"name": _VALUES, "domain": _VALUES, "size": _VALUES, "address": _VALUES, "customFields": _VALUES, "x": _VALUES}
)


@given(value=st.one_of(_COMPANIES, _VALUES), prefix=st.binary(max_size=3))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_is_taken_or_refused_but_never_crashes(api: Any, value: str, prefix: Any) -> None:
    body = prefix + json.dumps(value).encode("utf-8", "surrogatepass")
    before = len(api.simulate_get("/api/v1/companies?limit=100&count=true").json["data"])
    answer = api.simulate_post("/api/v1/companies", body=body, content_type="application/json")
    assert answer.status_code in (201, 400, 422), answer.text
    after = len(api.simulate_get("/api/v1/companies?limit=100&count=true").json["data"])
    assert after in (min(100, before + (answer.status_code == 201)), 100)
