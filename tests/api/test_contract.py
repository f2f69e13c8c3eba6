import attrs
import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.decoding import query_fields
from conduyt_kit.kernel.endpoints import Endpoint, Envelope
from conduyt_kit.kernel.naming import camel
from tests.api.documented import DOCUMENTED, Documented

KIT = Kit.build()
BUILT = {(endpoint.method, endpoint.route): endpoint for endpoint in KIT.endpoints}
SECTIONS = {endpoint.section for endpoint in KIT.endpoints if not endpoint.extension}
EXPECTED = [endpoint for endpoint in DOCUMENTED if endpoint.section in SECTIONS]


def endpoint_of(documented: Documented) -> Endpoint:
    return BUILT[documented.method, documented.path]


def test_sections_are_the_documented_ones() -> None:
    assert {endpoint.section for endpoint in DOCUMENTED} >= SECTIONS


def test_nothing_undocumented_claims_to_be_documented() -> None:
    known = {(endpoint.method, endpoint.path) for endpoint in DOCUMENTED}

    assert [e.route for e in KIT.endpoints if not e.extension and (e.method, e.route) not in known] == []


@pytest.mark.parametrize("documented", EXPECTED, ids=str)
def test_endpoint_exists_with_its_status_and_protection(documented: Documented) -> None:
    endpoint = endpoint_of(documented)

    assert endpoint.status == documented.success
    assert (endpoint.scope is not None) == (documented.auth == "bearer")
    assert not endpoint.extension
    assert set(documented.statuses) - {endpoint.status, 401, 403} <= {*endpoint.errors, 422 if endpoint.body else 0}


@pytest.mark.parametrize("documented", [e for e in EXPECTED if e.query], ids=str)
def test_every_documented_query_parameter_is_taken_by_its_name(documented: Documented) -> None:
    query = endpoint_of(documented).query
    assert query is not None

    assert set(documented.query) <= {wire for _, wire, _ in query_fields(query)}


@pytest.mark.parametrize("documented", [e for e in EXPECTED if e.body], ids=str)
def test_every_documented_body_field_is_taken_and_required_as_documented(documented: Documented) -> None:
    body = endpoint_of(documented).body
    assert body is not None
    taken = {camel(field.name): field.default is attrs.NOTHING for field in attrs.fields(body)}

    assert {name: taken.get(name) for name in documented.body} == documented.body


@pytest.mark.parametrize("documented", [e for e in EXPECTED if e.reply], ids=str)
def test_envelope_is_the_documented_one(documented: Documented) -> None:
    keys = set(documented.reply)
    expected = Envelope.BARE
    if keys == {"data", "meta"}:
        expected = Envelope.PAGE
    elif keys == {"data"}:
        expected = Envelope.LIST if isinstance(documented.reply["data"], list) else Envelope.DATA

    assert endpoint_of(documented).envelope is expected


@pytest.mark.parametrize("documented", [e for e in EXPECTED if e.reply], ids=str)
def test_output_class_has_the_documented_keys_in_order(documented: Documented) -> None:
    reply = endpoint_of(documented).reply
    shape = documented.reply.get("data", documented.reply) if set(documented.reply) <= {"data", "meta"} else documented.reply
    keys = list(shape[0] if isinstance(shape, list) else shape)
    shown = [camel(field.name) for field in attrs.fields(reply)]

    assert [key for key in shown if key in keys] == keys


def test_whole_sections_are_built() -> None:
    missing = [str(endpoint) for endpoint in EXPECTED if (endpoint.method, endpoint.path) not in BUILT]

    assert missing == []
