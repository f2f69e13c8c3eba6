from typing import Any

import pytest
import schemathesis
from falcon import testing
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import missing_required_header, positive_data_acceptance

import conduyt_falcon
from conduyt_kit.kit import Kit

# What storage holds decides between success and refusal, and rules reach further than a schema can say.
LEFT_OUT = [positive_data_acceptance, missing_required_header]


@pytest.fixture(scope="module")
def application() -> Any:
    kit = Kit.build({"rate_limit": "off"}, plugins=[conduyt_falcon.FalconPlugin()])
    yield conduyt_falcon.wsgi(kit)
    kit.stop()


@pytest.fixture(scope="module")
def schema(application: Any) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture(scope="module")
def token(application: Any) -> Any:
    body = {"email": "admin@example.org", "password": "correct horse battery", "name": "Admin", "workspaceName": "Acme"}
    answer = testing.TestClient(application).simulate_post("/api/v1/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json.get("token") or answer.json["data"]["token"]


def test_answers_are_as_the_document_says(schema: Any, token: Any, subtests: Any) -> None:
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
        def conforms(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=LEFT_OUT)

        with subtests.test(operation.label):
            conforms()
