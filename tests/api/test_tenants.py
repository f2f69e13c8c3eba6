from typing import Any

import pytest

from conduyt_kit.kernel.endpoints import Endpoint
from tests.api.world import BODIES, MARKER, REFERENCES, World, build_world
from tests.features.accounts import Office
from tests.features.calls import Api


@pytest.fixture
def theirs(api: Api) -> World:
    return build_world(api)


@pytest.fixture
def mine(office: Office) -> Api:
    return office.register("Bo Lind", "bo@example.org", "Lind & Co")


def of_records(api: Api) -> list[Endpoint]:
    return [e for e in api.kit.endpoints if e.parameters and e.scope is not None]


def everything(api: Api) -> dict[str, Any]:
    """Return what an admin sees of a workspace, but for the audit trail of logins."""
    lists = [e for e in api.kit.endpoints if e.method == "GET" and not e.parameters and e.scope is not None and e.path != "/auth/me"]
    return {e.path: api.get(e.path).body for e in lists}


def test_no_record_of_another_workspace_is_found_or_touched_by_any_operation(api: Api, theirs: World, mine: Api) -> None:
    before = everything(api)
    answers = {}

    for endpoint in of_records(api):
        name = f"{endpoint.method} {endpoint.path}"
        body = None if endpoint.method in ("GET", "DELETE") else BODIES.get(name, {})
        answers[name] = mine.call(endpoint.method, theirs.path(endpoint.route), body).status

    assert {name: status for name, status in answers.items() if status != 404} == {}
    assert everything(api) == before


def test_no_list_count_search_or_filter_shows_anything_of_another_workspace(theirs: World, mine: Api) -> None:
    seen = str(everything(mine))
    for path in ("/contacts", "/companies", "/products", "/deals", "/tasks"):
        seen += str(mine.get(f"{path}?search={MARKER}").body)
    for name, id in theirs.ids.items():
        seen += str(mine.get(f"/activities?entityId={id}").body)
        seen += str([mine.get(f"/{name.split(':')[0]}?{f}={id}").body for f in ("contactId", "dealId") if name in ("tasks:id", "notes:id")])

    assert MARKER not in seen
    assert not any(id in seen for id in theirs.ids.values() if len(id) > 15)


@pytest.mark.parametrize(("path", "body", "field", "whose"), REFERENCES, ids=[f"{path}.{field}" for path, _, field, _ in REFERENCES])
def test_reference_to_another_workspaces_record_is_refused_like_one_to_nothing(
    theirs: World, mine: Api, path: str, body: dict[str, Any], field: str, whose: str
) -> None:
    foreign = mine.post(path, body | {field: theirs.ids[whose]})
    unknown = mine.post(path, body | {field: "nothing_of_this_id"})

    assert (foreign.status, unknown.status) == (422, 422)
    assert [detail["field"] for detail in foreign.body["error"]["details"]] == [field]
    assert foreign.body == unknown.body
    assert mine.get(path).body["meta"]["total"] == 0


def test_deal_cannot_be_put_into_another_workspaces_pipeline(theirs: World, mine: Api) -> None:
    body = {"name": "A", "value": 1, "pipelineId": theirs.ids["pipelines:id"], "stageId": theirs.ids["pipelines/stages:stageId"]}

    answer = mine.post("/deals", body)

    assert (answer.status, [d["field"] for d in answer.body["error"]["details"]]) == (422, ["pipelineId"])


def test_invoice_line_cannot_name_another_workspaces_product(theirs: World, mine: Api) -> None:
    contact = mine.post("/contacts", {"firstName": "A", "lastName": "B"}).body["data"]["id"]
    line = {"description": "A", "quantity": 1, "unitPrice": 1, "productId": theirs.ids["products:id"]}

    answer = mine.post("/invoices", {"contactId": contact, "items": [line]})

    assert (answer.status, [d["field"] for d in answer.body["error"]["details"]]) == (422, ["items[0].productId"])


def test_tag_of_another_workspace_cannot_be_taken_off_or_found(theirs: World, mine: Api) -> None:
    contact = mine.post("/contacts", {"firstName": "A", "lastName": "B", "tags": ["own"]}).body["data"]["id"]

    assert mine.delete(f"/contacts/{contact}/tags/{theirs.ids['tags:id']}").status == 404
    assert mine.get(f"/contacts/{contact}").body["data"]["tags"] == ["own"]
